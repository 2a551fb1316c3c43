/** Answering by keys: the first press only arms, a second of the same key decides. Pure; times are milliseconds. */
export type Choice = "allow" | "task" | "deny";
export type Armed = { id: string; choice: Choice; at: number };
export const armedFor = 10_000;

export function stillArmed(armed: Armed | undefined, id: string, now: number): Armed | undefined {
  return armed && armed.id === id && now - armed.at < armedFor ? armed : undefined;
}
/** What a press of a choice's key does to the question with this id. Another question, another key or a long pause arms anew. */
export function press(armed: Armed | undefined, id: string, choice: Choice, now: number): { armed: Armed | undefined; decide: boolean } {
  const before = stillArmed(armed, id, now);
  return before?.choice === choice ? { armed: undefined, decide: true } : { armed: { id, choice, at: now }, decide: false };
}
export const choiceKeys: Record<Choice, string> = { allow: "A", task: "T", deny: "D" };
