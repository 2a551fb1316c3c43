/** When a conversation is shortened to a summary and goes on in a new session. Sizes are characters of messages and answers since the last summary. */
export const conversationLimits = { chars: 120_000, turns: 60, summary: 12_000 } as const;
export type Length = { chars: number; turns: number };

/** Whether the next thing is a summary. Never of a conversation in which little was said since the last one. */
export function overlong(length: Length, limits: Length = conversationLimits): boolean {
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
/** The file's title and text. An answer of nothing is no summary. */
export function summaryText(answer: string): string | undefined {
  const text = answer.trim().slice(0, 2 * conversationLimits.summary);
  return text.length < 20 ? undefined : text;
}
