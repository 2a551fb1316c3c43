import { Link } from "@tanstack/react-router";
import { useLive } from "../live/use-live.ts";
import { Ring } from "../ui/ring.tsx";

/** A question that a task waits with, in a line, and the way to answer it. */
export function WaitingQuestion({ id }: { id: string }) {
  const title = useLive(({ view }) => view.asked.get(id)?.title) ?? "A question waits for you";
  return (
    <>
      <Ring state="waiting" size={12} label="" />
      <span className="grow t c-wait" title={title}>
        {title}
      </span>
      <Link className="btn xs" to="/inbox" search={{ id }} aria-label={`Answer: ${title}`}>
        Answer
      </Link>
    </>
  );
}
