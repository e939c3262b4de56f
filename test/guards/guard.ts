/** One place in the source where a guard stands, and what stands there when it is taken out. */
export interface Removal {
  /** From the root of the project. */
  file: string;
  /** Occurs exactly once in the file. */
  find: string;
  replace: string;
}

export interface NamedTest {
  /** Where its name is written. */
  file: string;
  /** Its title without that of the group around it, and before a table's row is filled in. */
  name: string;
  /** The file that jest is given, where a contract holds the test. */
  runBy?: string;
  /** The title of the group around it, where the same test stands in several, as it is printed. */
  group?: string;
}

export interface Guard {
  /** A short name for the command line. */
  id: string;
  /** What it says, in a sentence. */
  name: string;
  /** The place within the file, where the file is long. */
  at?: string;
  remove: Removal[];
  /** Fails without the guard. Null where another guard hides the loss: it is one of a set in `together` then. */
  test: NamedTest | null;
  /** What happens without it; of one that is hidden, what is seen of it alone. */
  without: string;
}

export interface Group {
  title: string;
  guards: Guard[];
}

/** Guards that hide each other, taken out in one go. */
export interface Together {
  /** Ids. */
  guards: string[];
  test: NamedTest;
  without: string;
}

/**
 * Of each file, tests that need none of the guards that are proven there. The first that is not itself the one that is to fail passes whichever guard is taken
 * out, which shows that the guard is gone and not the program.
 */
export type Alive = Record<string, string[]>;

export interface Catalogue {
  groups: Group[];
  together: Together[];
  alive: Alive;
}

/** The file that jest is given for a test. */
export function fileRunFor({ file, runBy }: NamedTest): string {
  return runBy ?? file;
}

/** What has to pass beside a test that is to fail. */
export function aliveBeside(test: NamedTest, alive: Alive): NamedTest[] {
  const file = fileRunFor(test);
  const name = alive[file]?.find((each) => each !== test.name);
  return name === undefined ? [] : [{ file, name }];
}

/** Fits the titles that a table of tests makes of a name: whatever stands for `%s` and `$member`. */
export function titlesOf(name: string): string {
  return name
    .split(/%(?:\d+\$)?[a-zA-Z#]|\$[\w.]+/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
}

/** The text without the guard. Throws where the place is not found, or found more than once. */
export function without(text: string, { file, find, replace }: Removal): string {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} times, not once: ${find}`);
  return text.replace(find, () => replace);
}
