import { Hourglass, Power, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { troubleWords } from "../../../schema/stack/stack.ts";
import { isSettingUp, stoppedBy } from "../agent/agent-status.ts";
import { isTrialToBegin } from "../billing/plan/trial.ts";
import { failureText } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { Refusal } from "../ui/refusal.tsx";
import { describeLine, mayRun } from "./stack-words.ts";
import { useStackLine } from "./use-stack-line.ts";

/** Why the stack is down, and what brings it back: trouble before a place in line before a stop. */
export default function StackNotice(): ReactNode {
  const inTrouble = useLive(({ view }) => Boolean(view.stack?.trouble));
  const { place, leave } = useStackLine();
  if (inTrouble) return <StackTroubleNotice />;
  return place ? <StackInLine place={place} leave={leave} /> : <StackIsStopped />;
}

/**
 * Shown while the stack is down and the member can't mend it: what is safe, what is missing, what is next.
 */
function StackTroubleNotice() {
  const { me, startStack } = useSpace();
  const { trouble } = useLive(({ view }) => view.stack) ?? {};
  if (!trouble) return null;
  const { title, safe, missing, next } = troubleWords[trouble];
  const looking = startStack.pending;
  return (
    <div className="offline" role="alert">
      <TriangleAlert className="i" aria-hidden="true" />
      <span className="grow">
        <b className="b">{title}</b> {safe} {missing} {next}
      </span>
      {trouble !== "host_lost" && mayRun(me) && (
        <button type="button" className="btn xs" aria-disabled={looking} onClick={() => !looking && startStack.run()}>
          {looking ? "Looking" : "Look again"}
        </button>
      )}
    </div>
  );
}

/** Shown while no machine has a slot free: the place in line, and what begins when it is there. */
function StackInLine({ place, leave }: { place: number; leave: () => void }) {
  const { me, stopStack } = useSpace();
  const leaving = stopStack.pending;
  return (
    <div className="offline" role="status">
      <Hourglass className="i" aria-hidden="true" />
      <span className="grow">
        <b className="b">
          You are {describeLine(place)}
          {isTrialToBegin(me) ? "; your trial begins when it is ready" : ""}.
        </b>{" "}
        {stopStack.error
          ? `You stand in line still: ${failureText(stopStack.error)}`
          : "It starts by itself then, also while this page is closed."}
      </span>
      <button type="button" className="btn xs" aria-disabled={leaving} onClick={leave}>
        {leaving ? "Leaving" : "Leave the line"}
      </button>
    </div>
  );
}

/** Any message starts it again. */
function StackIsStopped() {
  const { startStack } = useSpace();
  const stopper = useLive(stoppedBy);
  const setup = useLive(isSettingUp);
  const starting = startStack.pending;
  return (
    <div className="offline" role="status">
      <Power className="i" aria-hidden="true" />
      <span className="grow">
        <b className="b">
          {setup ? "Your stack has not started." : stopper === "member" ? "You stopped your stack." : "Your stack is stopped."}
        </b>{" "}
        {startStack.error ? (
          <>
            It did not start: <Refusal error={startStack.error} />
          </>
        ) : setup ? (
          "Nothing runs. Start it, or write: its setup goes on then."
        ) : (
          "Nothing runs. A message to any agent starts it again, and the work that the stop paused."
        )}
      </span>
      <button type="button" className="btn xs" aria-disabled={starting} onClick={() => !starting && startStack.run()}>
        {starting ? "Starting" : "Start it"}
      </button>
    </div>
  );
}
