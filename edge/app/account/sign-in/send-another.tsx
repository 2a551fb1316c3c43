import { useClock } from "../../ui/use-clock.ts";
import { resendAfter } from "./kept-step.ts";

/** Sends a code once more, when Clerk does so. */
export function SendAnother({ sentAt, send }: { sentAt: number; send: () => void }) {
  const left = Math.min(Math.ceil((sentAt + resendAfter - useClock(true, 1_000)) / 1_000), resendAfter / 1_000);
  return (
    <button type="button" className={left > 0 ? "btn off" : "btn"} aria-disabled={left > 0} onClick={() => left <= 0 && send()}>
      Send another code{left > 0 && ` in ${left} s`}
    </button>
  );
}
