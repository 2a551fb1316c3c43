import type { FirstCalls } from "../first-calls.ts";

/** The answers of the document's early calls (first-calls.ts), each taken once. Undefined: ask now. */
export async function takeFirst(name: keyof FirstCalls): Promise<unknown> {
  const first = window.growqrFirst;
  const answer = first?.[name];
  if (!first || !answer) return undefined;
  delete (first as Partial<FirstCalls>)[name];
  try {
    return await answer;
  } catch (error) {
    console.info("an early call is made again", name, error);
    return undefined;
  }
}
