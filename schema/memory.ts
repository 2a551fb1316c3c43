/** The primary repository: its first layout (SPEC 8.1) and how a change becomes files and a commit message. All pure. */
export type MemoryKind = "decision" | "goal" | "profile" | "plan" | "summary" | "pattern";
export type MemoryFile = { path: string; content: string };

/** What a new memory repository holds. */
export function firstLayout(memberName: string, at: Date): MemoryFile[] {
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

/** A file name from a title: letters, digits and dashes. */
export function slug(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  return (
    plain
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 60) || "note"
  );
}

/** Where a memory goes. Decisions, plans and summaries are dated and never overwrite one another: the outbox id ends the name. */
export function memoryPath(kind: MemoryKind, title: string, at: Date, outboxId: string): string {
  const day = at.toISOString().slice(0, 10);
  const tail = outboxId.slice(-6).toLowerCase();
  if (kind === "goal") return `goals/${slug(title)}.md`;
  if (kind === "profile") return `profile/${slug(title)}.md`;
  if (kind !== "summary") return `${kind}s/${day}-${slug(title)}-${tail}.md`;
  const name = slug(title).replace(/^(?=conversation-\d+$)/, "note-"); // what the platform's own summaries were called
  return `summaries/${day}-${name}-${tail}.md`;
}

/** The outbox ids a commit message carries: one for each change in it. */
export function outboxesOf(message: string): string[] {
  return [...message.matchAll(/^Outbox: (out_[0-9A-Z]{26})$/gm)].map((match) => match[1]!);
}
