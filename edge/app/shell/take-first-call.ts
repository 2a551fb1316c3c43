import type { FirstCalls } from "../first-calls.ts";

/** What was asked while this code was on its way (first-calls.ts); each answer is taken once. Undefined: it failed, or was taken: ask now. */
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
