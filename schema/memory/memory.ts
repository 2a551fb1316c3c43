import type { Id } from "../wire/id.ts";
import { readFileTitle } from "./memory-index.ts";

/** The primary repository: its first layout and how a change becomes files and a commit message. All pure. */
export type MemoryKind = "decision" | "goal" | "profile" | "plan" | "summary" | "pattern";
export type MemoryFile = { path: string; content: string };

/** What a new memory repository holds. */
export function initialMemory(memberName: string, at: Date): MemoryFile[] {
  const note = (folder: string, text: string) => ({
    path: `${folder}/README.md`,
    content: `# ${folder[0]!.toUpperCase()}${folder.slice(1)}\n\n${text}\n`,
  });
  return [
    {
      path: "README.md",
      content: "# Memory\n\nWhat your Grow Agent remembers. It writes here through one writer; each change says who made it and why.\n",
    },
    { path: "profile.md", content: `# Profile\n\nName: ${memberName.replace(/[\r\n]+/g, " ")}\nSince: ${at.toISOString().slice(0, 10)}\n` },
    {
      path: "index.md",
      content:
        "# Index\n\n- profile.md\n- goals/\n- decisions/\n- plans/\n- summaries/\n- quests/\n- tasks/\n- agents/\n- policies/\n- snapshots/\n",
    },
    note("goals", "One file a goal."),
    note("decisions", "One file a decision, named by its day."),
    note("plans", "What is ahead."),
    note("summaries", "Conversations, shortened."),
    note("quests", "One folder a quest."),
    note("tasks", "One folder a task."),
    note("agents", "One folder an agent."),
    note("policies", "What agents may do without asking."),
    note("snapshots", "State, as it was."),
  ];
}

/** Tells titles apart that leave nothing for a name: FNV-1a. */
function hashTitle(text: string): string {
  let hash = 0x811c9dc5;
  for (const unit of text) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(36);
}
/**
 * A file name from a title: letters, digits and dashes of
 * ASCII, for it is part of addresses and branches too.
 */
export function slug(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  return (
    plain
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 60) || `note-${hashTitle(plain)}`
  );
}

/**
 * Where a memory goes. Decisions, plans and summaries are dated
 * and never overwrite one another: the outbox id ends the name.
 */
export function memoryPath(kind: MemoryKind, title: string, at: Date, outboxId: string): string {
  const day = at.toISOString().slice(0, 10);
  const tail = outboxId.slice(-6).toLowerCase();
  if (kind === "goal") return `goals/${slug(title)}.md`;
  if (kind === "profile") return `profile/${slug(title)}.md`;
  if (kind !== "summary") return `${kind}s/${day}-${slug(title)}-${tail}.md`;
  const name = slug(title).replace(/^(?=conversation-\d+$)/, "note-"); // what the platform's own summaries were called
  return `summaries/${day}-${name}-${tail}.md`;
}

const called = (title: string) => readFileTitle("", `# ${title}`).toLowerCase();
/** Whether a file of memory is about what a title says. */
export const isAbout = (content: string, title: string): boolean => called(readFileTitle("", content)) === called(title);
/**
 * Where a fact about the person goes: to the file of its title, else to
 * a name of its own. `known`: those that are there, and those that wait.
 */
export function factPath(title: string, known: readonly { path: string; title: string }[], outboxId: string): string {
  const same = known.find((file) => called(file.title) === called(title));
  if (same) return same.path;
  const path = `profile/${slug(title)}.md`;
  return known.some((file) => file.path === path) ? uniqueMemoryPath(title, outboxId) : path;
}
/** A name that no other fact can have. */
export function uniqueMemoryPath(title: string, outboxId: string): string {
  return `profile/${slug(title)}-${outboxId.slice(-6).toLowerCase()}.md`;
}

/** The outbox ids a commit message carries: one for each change in it. */
export function readOutboxIds(message: string): Id<"out">[] {
  return [...message.matchAll(/^Outbox: (out_[0-9A-Z]{26})$/gm)].map((match) => match[1] as Id<"out">);
}
