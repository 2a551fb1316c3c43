/**
 * Answering by keys: the first press arms, the second press of the same key decides. Pure; in milliseconds.
 */
export type Choice = "allow" | "task" | "deny";
export type Armed = { id: string; choice: Choice; at: number };
export const armedFor = 10_000;

export function findArmed(armed: Armed | undefined, id: string, now: number): Armed | undefined {
  return armed && armed.id === id && now - armed.at < armedFor ? armed : undefined;
}
/**
 * What a key press does to the question with this id. Another question or key, or a long pause, arms anew.
 */
export function pressChoice(
  armed: Armed | undefined,
  id: string,
  choice: Choice,
  now: number,
): { armed: Armed | undefined; decide: boolean } {
  const before = findArmed(armed, id, now);
  return before?.choice === choice ? { armed: undefined, decide: true } : { armed: { id, choice, at: now }, decide: false };
}
export const choiceKeys: Record<Choice, string> = { allow: "A", task: "T", deny: "D" };
