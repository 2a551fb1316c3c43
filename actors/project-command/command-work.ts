import { eq } from "drizzle-orm";
import { ToldBudget } from "../../schema/project/host-command.ts";
import { type ProjectCommandRow, projectCommandTable } from "../../schema/project/project-command.table.ts";
import { type CommandOutputLine, mostCommandAttempts } from "../../schema/project/project-command.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { Git, mainBranch } from "../git/git.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { classifyError, type Handler } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { ensureReady } from "../stack/provision.ts";
import { runOnHost } from "./command-host.ts";
import { findOpenCommand, leaveEndedCommand, moveCommand } from "./command-row.ts";
import { ToldOutput } from "./told-output.ts";

/** One try of a command: what it comes to is written down while the command is wanted. */
type Attempt = { self: Self; id: Id<"cmd">; requestId: string; end: AbortController };

/** Changes a command that is wanted still; the call to the host of any other ends. */
async function note({ self, id, requestId, end }: Attempt, change: (writer: Writer, row: ProjectCommandRow) => Promise<unknown>) {
  const wanted = await record(self, requestId, async (writer) => {
    const row = await findOpenCommand(writer.db, id);
    if (row) await change(writer, row);
    return row !== undefined;
  });
  if (!wanted) end.abort();
}
const failCommand = (attempt: Attempt, reason: string) =>
  note(attempt, (writer, row) => moveCommand(writer, row, "failed", { reason: reason.slice(0, 2_000) }));
/** Why it does not go on just now; told once for each reason. */
const tellWait = (attempt: Attempt, reason: string) =>
  note(attempt, async (writer, row) => row.reason !== reason && moveCommand(writer, row, row.state, { reason }));
const brokenOff = "It was broken off three times while it ran.";
/** A wait is told at once, and then no more often than this. */
const waitMs = 15_000;

/** Nothing of a try before is kept: this one is told from its first line on. */
function noteBegin(attempt: Attempt, commit: string): Promise<void> {
  const none = { output: [], tail: null, cut: false, reason: null };
  return note(attempt, (writer, row) =>
    moveCommand(writer, row, "running", { ...none, commit, attempt: row.attempt + 1, startedAt: writer.now }),
  );
}
function noteOutput(attempt: Attempt, lines: CommandOutputLine[]): Promise<void> {
  return note(attempt, async (writer, { id, projectId, project: name, output, state }) => {
    if (state !== "running") return;
    await writer.db
      .update(projectCommandTable)
      .set({ output: [...output, ...lines] })
      .where(eq(projectCommandTable.id, id));
    await writer.append("project.output", { body: { projectId, name, commandId: id, lines } });
  });
}

/** Has it run to its end. All of it may be done again. */
async function runCommand(attempt: Attempt, row: ProjectCommandRow, retries: number): Promise<void> {
  const { self, id, requestId, end } = attempt;
  if (row.attempt >= mostCommandAttempts) return failCommand(attempt, brokenOff);
  const { ceiling } = await self.vars.stack.ticket(requestId, retries > 0);
  if (ceiling !== "running") return failCommand(attempt, "Your account does not let your stack run just now.");
  if (!(await ensureReady(self, requestId)).ready) throw new AppError("unavailable", { what: "stack" });
  const commit = await new Git(self.vars.stack, requestId).head(row.repo, mainBranch);
  if (commit === undefined) return failCommand(attempt, `Nothing is on main of ${row.project} yet.`);
  const { repo, command, seconds } = row;
  const budget = new ToldBudget();
  let waitToldAt = 0;
  using told = new ToldOutput((lines) => noteOutput(attempt, lines));
  const ended = await runOnHost(
    self,
    { id, repo, commit, command, seconds },
    {
      requestId,
      end: end.signal,
      onLine: async (line) => {
        if (line.type === "waits") {
          if (Date.now() < waitToldAt + waitMs) return;
          waitToldAt = Date.now();
          return tellWait(attempt, `${line.detail.slice(0, 400)}. It goes on by itself.`);
        }
        if (line.type === "begun") return noteBegin(attempt, commit);
        if (budget.take(line)) await told.add({ from: line.from, line: line.line });
      },
      onBeat: () => leaveEndedCommand(self),
    },
  );
  await told.flush();
  if ("refused" in ended) return failCommand(attempt, ended.refused);
  const { exit_code: exitCode, ms, stopped = null, cut = budget.cut, tail = null } = ended;
  await note(attempt, (writer, now) => moveCommand(writer, now, "complete", { exitCode, ms, stopped, cut, tail, reason: null }));
}

/** So many tries fail before a command says why it waits: a short gap is not worth a word. */
const quietBreaks = 2;
/** The try was broken off: it waits for the next one, or was the last. */
async function noteBreak(attempt: Attempt, error: AppError, retries: number): Promise<void> {
  const away =
    error.meta.what === "stack"
      ? "Your stack is not up yet."
      : classifyError(error) === "unreachable"
        ? "Your machine does not answer."
        : undefined;
  const reason = away ? `${away} It goes on by itself once it does.` : `${error.message} It is tried again.`;
  await note(attempt, async (writer, row) => {
    if (row.state === "running" && row.attempt >= mostCommandAttempts)
      await moveCommand(writer, row, "failed", { reason: `${brokenOff} ${error.message}` });
    else if (row.state === "running" || (retries >= quietBreaks && row.reason !== reason))
      await moveCommand(writer, row, "queued", { reason });
  });
}

export const commandWork: Handler<"command"> = {
  endless: ["unreachable", "timeout", "exhausted", "rate_limited", "stale_worker"],
  async run(self, { payload: { id }, requestId, attempts }) {
    const attempt: Attempt = { self, id, requestId, end: new AbortController() };
    const entered = { id, end: attempt.end };
    self.vars.command = entered; // before its row is read: who cancels it meanwhile is heard
    try {
      const row = await findOpenCommand(self.db, id);
      if (row) await runCommand(attempt, row, attempts);
    } catch (cause) {
      if (self.vars.life.aborted) throw cause;
      if (attempt.end.signal.aborted) return; // it is over, and was told so
      if (cause instanceof AppError) await noteBreak(attempt, cause, attempts);
      throw cause;
    } finally {
      if (self.vars.command === entered) self.vars.command = undefined;
    }
  },
  async gaveUp(self, { payload: { id }, requestId }, error) {
    await failCommand({ self, id, requestId, end: new AbortController() }, `It could not be run: ${error.message}`);
  },
};
