import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { Aside } from "../conversation/channel-rows.tsx";
import { titleOfId } from "../live/team-log.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import { describeQuest, isQuestOver } from "./quest-form.ts";

/** A quest in the conversation. It changes in place; a proposed one asks for a look first. */
export const QuestEventRow = memo(function QuestEventRow({ body, at }: { body: EventBody<"quest.state">; at: number }) {
  const { ring, text } = describeQuest(body);
  const asks = body.state === "ready";
  const tab = isQuestOver(body.state) ? "finished" : "running";
  return (
    <Aside>
      <article className={asks ? "appr" : "card pcard"} aria-label={`Quest ${body.title}`}>
        <h2 className="fx">
          <Ring state={ring} label="" />
          <span className="grow t">{body.title}</span>
          <span className="sub s12 num">{formatTime(at)}</span>
        </h2>
        <p className="s13 sub num">
          Quest · {text} · {body.proven} of {body.of} steps proven
          {body.current.length > 0 && ` · ${body.current.map(titleOfId).join(", ")}`}
          {body.nextAt !== null && !isQuestOver(body.state) && ` · next on ${formatDay(body.nextAt)}`}
        </p>
        {body.reason && <p className="s13">{body.reason}</p>}
        <div className="acts">
          <Link className={asks ? "btn pri" : "btn"} to="/quest" search={{ tab, id: body.questId }}>
            {asks ? "Read and decide" : "Open the quest"}
          </Link>
        </div>
      </article>
    </Aside>
  );
});
