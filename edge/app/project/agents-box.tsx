import type { BoxSeen } from "../../../schema/stack/box-image.ts";
import { countTeamWork, findRunningTurn } from "../agent/agent-status.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useConnected, useLive } from "../live/use-live.ts";
import { useScreen } from "../shell/screen.ts";
import { Ring } from "../ui/ring.tsx";

/** The box that the project's agents work in lacks its languages: what that means, and how it gets them. */
export function AgentsBox({ box: { next, preparing } }: { box: BoxSeen }) {
  const { ask } = useScreen();
  const connected = useConnected();
  const works = useLive((now) => findRunningTurn(now) !== undefined || countTeamWork(now.view).working > 0);
  const restart = useAction("stop");
  const can = connected && !works && !restart.isPending && !restart.isSuccess;
  const press = () =>
    can &&
    ask({
      title: "Restart your agents' box?",
      text: "It takes a few seconds. Terminals and previews that run in it end; files, conversations and what is deployed stay.",
      yes: "Restart it",
      act: () => restart.mutate({ scope: "stack", again: true }),
    });
  return (
    <div className="quiet" role="status">
      <Ring state={next === "full" ? "waiting" : "working"} label="" />
      <div>
        <b className="b">The box of your agents has no Go, Rust and Java yet</b>
        <p className="sub">
          Clean rooms build and test the project meanwhile, and it can be deployed; its agents can't try their work out.
        </p>
        {next !== "full" && <p className="sub">{preparing ?? "The machine prepares them."} Then the box can be restarted.</p>}
        {next === "full" && (
          <button type="button" className="btn" aria-disabled={!can} onClick={press}>
            {restart.isPending || restart.isSuccess ? "Restarting" : "Restart the box"}
          </button>
        )}
        {next === "full" && works && <p className="sub">Somebody works in it just now. It can be restarted when nobody does.</p>}
        {restart.isError && (
          <p className="c-bad s13" role="alert">
            {failureText(restart.error)} Nothing was changed.
          </p>
        )}
      </div>
    </div>
  );
}
