import { Link } from "@tanstack/react-router";
import type { PlanResult } from "../../../schema/plan/plan-result.ts";
import { useAction } from "../live/use-action.ts";
import { describeOnline, shortAddress } from "../project/project-words.ts";
import { useScreen } from "../shell/screen.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import { useReleases } from "./releases.ts";

/** `told`: how its newest release went stands beside it. */
type Props = { project: NonNullable<PlanResult["project"]>; told?: true };
/**
 * Whether a project is online, who sees it and where, and the one press that puts its newest version online.
 * Whatever makes it seen by everybody is asked once.
 */
export function PutOnline({ project: { view, main }, told }: Props) {
  const { name, address } = view;
  const { ask } = useScreen();
  const deploy = useAction("deploy");
  const publish = useAction("publish");
  const list = useReleases(name).data?.releases ?? [];
  const taken = deploy.data?.release;
  const goes = taken !== undefined && !list.some(({ createdAt }) => createdAt >= taken.createdAt); // no event has told of it yet
  const standing = describeOnline(goes ? { ...view, state: "deploying" } : view, main, told ? undefined : list[0]);
  const busy = deploy.isPending || publish.isPending;
  const start = () => deploy.mutateAsync({ project: name, ...(main.commit ? { commit: main.commit } : {}) });
  const show = () => publish.mutate({ project: name, published: true });
  const press = () => {
    if (busy) return;
    const shown = () => undefined; // what went wrong stands beside the button
    if (view.published) return void start().catch(shown);
    ask({
      title: `Put ${name} online?`,
      text: `It is at ${address ?? "an address of its own"} then. Everybody who knows that address sees it, until you take it back.`,
      yes: "Put it online",
      harmless: true,
      act: () => void (standing.press?.deploys ? start().then(show, shown) : show()),
    });
  };
  const error = deploy.error ?? publish.error;
  if (told && view.state === "deploying") return null;
  return (
    <div className="fx wrap s13">
      <span className="fx" role="status">
        <Ring state={standing.ring} label="" />
        {standing.text}
      </span>
      {view.current && address && (
        <>
          {view.published ? (
            <a className="link t" href={address} target="_blank" rel="noreferrer">
              {shortAddress(address)}
            </a>
          ) : (
            <Link className="link t" to="/project/$name" params={{ name }}>
              {shortAddress(address)}
            </Link>
          )}
          <CopyButton text={address} label="Copy the address" />
        </>
      )}
      {standing.failed && (
        <Link className="link" to="/project/$name" params={{ name }} search={{ tab: "releases" }}>
          What it printed
        </Link>
      )}
      {standing.press && (
        <button type="button" className="btn" aria-disabled={busy} onClick={press}>
          {busy ? "Asking" : standing.press.title}
        </button>
      )}
      {error && (
        <span className="c-bad" role="alert">
          <Refusal error={error} />
        </span>
      )}
    </div>
  );
}
