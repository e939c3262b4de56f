import { parseArgs } from 'node:util';
import { soak } from './soak.js';

/** `npm run soak -- --minutes 30 --seed 7 --customers 32` */
const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, customers: { type: 'string' } },
});
const minutes = numberOf('minutes', 5);
const seed = numberOf('seed', Math.floor(Math.random() * 1_000_000));
const customers = numberOf('customers', 24);

const MOST_SAID = 50;
const say = (sentence: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${sentence}`);

say(`soak: ${minutes} minutes, seed ${seed}, ${customers} customers`);
const { broken, report, folder } = await soak({ minutes, seed, customers, say, onOpen: endWhenInterrupted });
console.log(report.text);
for (const sentence of broken.slice(0, MOST_SAID)) console.error(`BROKEN ${sentence}`);
if (broken.length > MOST_SAID) console.error(`… and ${broken.length - MOST_SAID} more`);
say(
  broken.length === 0
    ? `soak passed; its history is in ${folder}`
    : `SOAK FAILED: ${broken.length} promises broken; its history is in ${folder}`,
);
process.exit(broken.length === 0 ? 0 : 1);

/** The servers are in process groups of their own, where no Ctrl-C reaches them. */
function endWhenInterrupted(abandon: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say(`soak ended by ${signal}`);
      void abandon().finally(() => process.exit(1));
    });
  }
}

function numberOf(name: keyof typeof values, otherwise: number): number {
  const number = values[name] === undefined ? otherwise : Number(values[name]);
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0`);
  return number;
}
