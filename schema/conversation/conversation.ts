/**
 * When a conversation is shortened to a summary and goes on in a new session.
 * Sizes are characters of messages and answers since the last summary.
 */
export const conversationLimits = { chars: 120_000, turns: 60, summary: 12_000 } as const;
export type ConversationLength = { chars: number; turns: number };

/**
 * Whether the next thing is a summary. Never of a conversation in which little was said since the last one.
 */
export function isOverlong(length: ConversationLength, limits: ConversationLength = conversationLimits): boolean {
  return length.turns >= 2 && (length.chars >= limits.chars || length.turns >= limits.turns);
}

/** What the agent is asked. Its answer is what the next session knows of this one. */
export function summaryPrompt(before: string, most: number = conversationLimits.summary): string {
  return [
    "The conversation has grown long. Write the summary with which you will go on in a new session; you will remember nothing else of it by yourself.",
    "Keep: what the person wants and why, what was decided and by whom, what was promised, names, numbers and file paths, open questions, what is under way and its state, and what was tried without success. Leave out greetings and what memory files already hold.",
    `Write Markdown with short lines, at most ${most} characters. Answer with the summary alone; call no tool.`,
    ...(before ? ["", "The summary you began with, to be carried on:", before] : []),
  ].join("\n");
}
/** Where the platform keeps a summary: a folder into which no agent's `remember` writes (`memoryPath`). */
export function summaryPath(number: number, at: Date, outboxId: string): string {
  return `summaries/conversation/${at.toISOString().slice(0, 10)}-${number}-${outboxId.slice(-6).toLowerCase()}.md`;
}
const summaryFile = /^summaries\/conversation\/\d{4}-\d{2}-\d{2}-(\d+)-[0-9a-z]{6}\.md$/;
/**
 * Those of before the folder, by the name that only the
 * platform's title had; `memoryPath` gives it to nobody any more.
 */
const older = /^summaries\/\d{4}-\d{2}-\d{2}-conversation-(\d+)-[0-9a-z]{6}\.md$/;
/** Which of the platform's summaries a path is; undefined for any other file. */
export function summaryNumber(path: string): number | undefined {
  const number = (summaryFile.exec(path) ?? older.exec(path))?.[1];
  return number === undefined ? undefined : Number(number);
}
/** The platform's newest summary among the files of a memory. */
export function newestSummary(paths: readonly string[]): { path: string; number: number } | undefined {
  const found = (shape: RegExp) =>
    paths
      .flatMap((path) => {
        const number = shape.exec(path)?.[1];
        return number === undefined ? [] : [{ path, number: Number(number) }];
      })
      .sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1))
      .at(-1);
  return found(summaryFile) ?? found(older);
}
/** The file's title and text. An answer of nothing is no summary. */
export function summaryText(answer: string): string | undefined {
  const text = answer.trim().slice(0, 2 * conversationLimits.summary);
  return text.length < 20 ? undefined : text;
}
