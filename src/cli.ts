import 'reflect-metadata';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ROLES, type Role } from './api/token.js';
import type { listOperations, refundOperation } from './cli/operations.js';
import { REFUND_TARGETS } from './operations/kinds/refund.js';
import { STATUSES } from './operations/states.js';
import { ConfigError, readConfig, type Config } from './platform/config.js';
import { Problem } from './platform/problems/problem.js';

/** Exit codes: 0 done, 1 it did not work or was refused, 2 the command was not understood, 78 the configuration is not valid. */
const FAILED = 1;
const NOT_UNDERSTOOD = 2;
const MAX_ROWS = 200;
/** Minor units; as the API takes them. */
const MAX_AMOUNT = 99_999_999_999;

const program = new Command('counterfoil')
  .description('Operate Counterfoil. The configuration is read from the environment, as the service reads it.')
  .option('--json', 'print JSON instead of text')
  .showHelpAfterError()
  .exitOverride();

// Each command loads what it needs itself: whoever asks for help or made a mistake is answered at once.
const operations = () => import('./cli/operations.js');

program
  .command('token')
  .description('issue a token, signed with AUTH_JWT_SECRET or the generated secret in DATA_DIR')
  .requiredOption('--user <id>', 'the user it stands for')
  .addOption(new Option('--role <role>', 'viewer, operator or admin').choices(ROLES))
  .option('--hours <n>', 'how long it is valid', wholeNumber(1, 24 * 365), 24)
  .action(({ user, role, hours }: { user: string; role?: Role; hours: number }) =>
    run(async (config) => (await import('./cli/token.js')).printToken(config, { user, role, hours })),
  );

program
  .command('migrate')
  .description('bring the database schema up to date')
  .action(() => run(async (config) => (await import('./cli/migrate.js')).migrateDatabase(config)));

const ops = program.command('ops').description('look at operations and have them recovered');
ops
  .command('ls')
  .description('list operations, newest first')
  .addOption(new Option('--status <status...>', 'only of these statuses').choices(STATUSES))
  .option('--user <id>', 'only of this user')
  .option('--stuck', 'only what waits for a person or is overdue')
  .option('--limit <n>', 'how many', wholeNumber(1, MAX_ROWS), 20)
  .action((options: Parameters<typeof listOperations>[1]) => run(async (config) => (await operations()).listOperations(config, options)));
ops
  .command('show <id>')
  .description('tell the story of one operation')
  .action((id: string) => run(async (config) => (await operations()).showOperation(config, id)));
ops
  .command('recover <id>')
  .description('ask the gateway now and settle by its answer')
  .requiredOption('--reason <text>', 'why, for the audit; at least 8 characters')
  .action((id: string, { reason }: { reason: string }) => run(async (config) => (await operations()).recoverOperation(config, id, reason)));

ops
  .command('refund <id>')
  .description('give back what was paid: to the card, unless it is to become credit, and all that is left, unless an amount is named')
  .requiredOption('--reason <text>', 'why, for the audit; at least 8 characters')
  .option('--amount <n>', 'minor units, in the currency in which it was paid', wholeNumber(1, MAX_AMOUNT))
  .addOption(new Option('--to <where>', 'where the money goes').choices(REFUND_TARGETS).default('card'))
  .option('--key <key>', 'the same for every try of one refund: it is made once')
  .action((id: string, options: Parameters<typeof refundOperation>[2]) =>
    run(async (config) => (await operations()).refundOperation(config, id, options)),
  );

program
  .command('seats')
  .description('look at the seats of plans')
  .command('recount')
  .description('compare the counters with operations and subscriptions')
  .option('--repair', 'set right what is wrong')
  .option('--reason <text>', 'why, for the audit; at least 8 characters; needed with --repair')
  .action(({ repair, reason }: { repair?: boolean; reason?: string }, command: Command) => {
    if (repair && reason === undefined) command.error('error: --repair needs --reason <text>');
    return run(async (config) => (await import('./cli/seats.js')).recountSeats(config, repair ? reason : undefined));
  });

program
  .command('credits')
  .description('look at the ledger of credit')
  .command('check')
  .description('compare balances with entries, reserved credit with open operations, and every movement with zero')
  .action(() => run(async (config) => (await import('./cli/credits.js')).checkCredits(config)));

program
  .command('invoices')
  .description('look at the invoices')
  .command('check')
  .description('look for numbers that are missing or given twice, and for charges that have waited for an hour for an invoice')
  .action(() => run(async (config) => (await import('./cli/invoices.js')).checkInvoices(config)));

program
  .command('config')
  .description('look at the configuration')
  .command('check')
  .description('validate the environment without starting anything')
  .action(() =>
    run(async ({ gateway, roles, databaseUrl }) => {
      const json = { valid: true, gateway, roles: [...roles], database: databaseUrl === null ? 'embedded' : 'given' };
      return { json, text: `The configuration is valid: gateway ${gateway}, roles ${json.roles.join(', ')}, ${json.database} database.` };
    }),
  );

program
  .command('doctor')
  .description('check everything that the service needs')
  .action(() => run(async (config) => (await import('./cli/doctor.js')).doctor(config)));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : NOT_UNDERSTOOD;
}

/** What a command has to say, in both manners, and whether it is bad news. */
interface Report {
  json: unknown;
  text: string;
  failed?: boolean;
}

async function run(command: (config: Config) => Promise<Report>): Promise<void> {
  try {
    const { json, text, failed } = await command(readConfig(process.env));
    process.stdout.write(`${program.opts<{ json?: boolean }>().json ? JSON.stringify(json, null, 2) : text}\n`);
    if (failed) process.exitCode = FAILED;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Problem ? (error.extras.detail ?? error.row.title) : error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = error instanceof ConfigError ? error.exitCode : FAILED;
  }
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || number > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return number;
  };
}
