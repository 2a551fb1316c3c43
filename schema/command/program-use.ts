import { type GivenOptions, parseOptions, readOptions } from "./options.ts";
import type { ShellWord } from "./shell-word.ts";

/**
 * What a command that is allowed starts and writes. `*` among `writes`: whatever an interpreter is told to.
 */
export type ProgramUse = { runs: string[]; writes: string[] };
/** A reason, or what is written, and which programs are run besides the one that is named. */
export type ReadProgram = (words: readonly ShellWord[], home: string | undefined) => string | { writes: string[]; runs?: string[] };
export type ProgramCheck = (given: GivenOptions, home: string | undefined) => string | Pick<ProgramUse, "writes">;

export const writesNothing = { writes: [] };
/** Takes only the options that are listed; `first`: no option comes after an operand. */
export function takesOptions(text: string, check: ProgramCheck = () => writesNothing, first = false): ReadProgram {
  const options = parseOptions(text);
  return (words, home) => {
    const given = readOptions(words, options, first);
    return typeof given === "string" ? given : check(given, home);
  };
}
