import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { lineTimes } from "../../schema/stack/slot-line.ts";
import { AppError } from "../../schema/wire/error.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { classifyError, type WorkItem } from "../kernel/work.ts";
import { endQueued } from "../turn/turn-state.ts";
import { stopRefusedStart } from "./lapse.ts";
import { askAgain, endLine } from "./line.ts";
import { bringUp } from "./provision.ts";
import { noteMissing } from "./trouble.ts";

const isOutOfReach = (error: AppError) => ["unreachable", "timeout"].includes(classifyError(error));
const isInLine = (error: unknown) => error instanceof AppError && error.code === "no_capacity" && error.meta.what === "slot";
const paidAgain = 1_000;

export const provisionWork = {
  async run(self: Self, work: WorkItem<"provision">): Promise<void> {
    work.payload;
    await bringUp(self, work.requestId).catch((error: unknown) => {
      if (!isInLine(error)) throw error; // it has its own row, which asks again
    });
  },
  /**
   * The stack stays wanted; queued messages are answered honestly. A missing memory is told in its own words,
   * and looked for again.
   */
  async gaveUp(self: Self, work: WorkItem<"provision">, error: AppError): Promise<void> {
    // What the account does not allow is not wanted any more. Who has paid since is started after all, a
    // second later: where one address of the edge says yes and another no, there is a pause between.
    if (error.code === "ceiling") {
      const stopped = await stopRefusedStart(self, work.requestId, error);
      await record(self, work.requestId, (writer) => (stopped ? endLine(writer) : askAgain(writer, writer.now + paidAgain)));
      return;
    }
    await record(self, work.requestId, async (writer) => {
      const { place } = await me(writer.db);
      if (place !== null && isOutOfReach(error)) return askAgain(writer, writer.now + lineTimes.askEvery); // it stands in line all the same
      await endLine(writer);
      if (error.code === "memory_missing") {
        await noteMissing(writer);
        return void (await endQueued(writer, "failed", error.message));
      }
      // It is wanted still, and has failed.
      await writer.db.update(growAgentTable).set({ failed: true, observed: "failed", ready: false, place: null, asleep: false });
      await writer.append("stack.state", { body: { tier: "running", observed: "failed", reason: error.message } });
      await writer.append("notice", { body: { level: "error", code: error.code, text: `Your stack did not start: ${error.message}` } });
      await endQueued(writer, "failed", `The stack did not start: ${error.message}`);
    });
  },
};
