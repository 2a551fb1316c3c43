import { useEffect, useRef } from "react";
import { useConversationLive } from "../conversation/conversation.ts";
import { useShowPreview } from "./use-show-preview.ts";

/**
 * Shows what an agent has just made in the open conversation, while there is room for it beside. What was
 * there when the conversation was opened stays closed, and what the person closes stays closed until it
 * changes. Draws nothing.
 */
export default function NewPreview({ room }: { room: boolean }): undefined {
  const show = useShowPreview();
  const last = useConversationLive(({ view }) => {
    const row = view.rows.findLast((each) => each.type === "preview");
    return row?.type === "preview" ? `${row.seq} ${row.body.previewId}` : "";
  });
  const begun = useConversationLive(({ view }) => view.begun);
  const known = useRef<string>(undefined);
  useEffect(() => {
    if (!begun) return;
    const before = known.current;
    known.current = last;
    if (before === undefined || before === last || last === "" || !room) return;
    show(last.split(" ")[1] as `pvw_${string}`);
  }, [last, begun, room, show]);
}
