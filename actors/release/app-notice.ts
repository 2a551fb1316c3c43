import type { AppNoticeIn } from "../../schema/reminder/app-notice.ts";
import { AppError } from "../../schema/wire/error.ts";
import { member } from "../kernel/self.ts";
import type { Handler } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";

/** The member hears of it in the ways in which they are reminded; in the transaction of what happened. */
export const queueAppNotice = (writer: Writer, notice: AppNoticeIn): Promise<void> =>
  writer.queue("notice", { key: `notice:${notice.release}:${notice.number}`, payload: notice });

export const noticeWork: Handler<"notice"> = {
  async run(self, { payload, requestId }) {
    if (await self.vars.world.edge.noticeApp(member(self), payload, requestId)) throw new AppError("rate_limited", { what: "notice" });
  },
  async gaveUp(self, { payload, requestId }, error) {
    self.vars.world.log("warn", "a notice was not delivered", { release: payload.release, requestId, error });
  },
};
