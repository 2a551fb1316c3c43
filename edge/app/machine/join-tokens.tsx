import { Plus } from "lucide-react";
import { useState } from "react";
import type { MachineRole } from "../../../schema/machine/host.ts";
import { type JoinTokenMade, type JoinTokenView, joinTokenMade, joinTokenView } from "../../../schema/machine/machine-view.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { afterPress } from "../ui/after-press.ts";
import { FormEnd } from "../ui/form/form-end.tsx";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { Commands } from "../ui/terminal-commands.tsx";
import { useJoinTokens, useMachinesChanged } from "./machine.ts";
import { joinTokenWords } from "./machine-words.ts";

const moment = (at: number) => `${formatDay(at)} ${formatTime(at)}`;

/** Tokens with which machines join. Each is shown once, when it is made. */
export function JoinTokens() {
  const query = useJoinTokens();
  const make = useRest(joinTokenMade);
  const [role, setRole] = useState<MachineRole>();
  /** Made on this page; nobody can be shown them again. Those that are used or ended are left out below. */
  const [made, setMade] = useState<readonly JoinTokenMade[]>([]);
  const changed = useMachinesChanged();
  const ask = (wanted: MachineRole) => {
    make.reset();
    setRole(wanted);
  };
  const press = () => {
    if (role === undefined || make.isPending) return;
    const done = (token: JoinTokenMade) => {
      setMade((before) => [...before, token]);
      setRole(undefined);
      changed();
    };
    make.mutate(restCall("POST", "/hosts/tokens", { body: { role } }), { onSuccess: done });
  };
  const tokens = query.data?.tokens ?? [];
  const over = new Set(tokens.flatMap((token) => (token.state === "open" ? [] : [token.id])));
  const open = made.filter(({ id }) => !over.has(id));
  return (
    <section aria-label="Join tokens">
      <h2>Join tokens</h2>
      <div className="fx wrap">
        {(["host", "runner"] as const).map((each) => (
          <button key={each} type="button" className="btn" aria-expanded={role === each} onClick={() => ask(each)}>
            <Plus className="i s14" aria-hidden="true" /> Token for a {each}
          </button>
        ))}
      </div>
      {role && (
        <form
          className="ptask form"
          aria-label={`New token for a ${role}`}
          onSubmit={(event) => {
            event.preventDefault();
            press();
          }}
        >
          <p className="s13">
            Whoever holds it can make one machine of theirs a {role}, within a quarter of an hour.{" "}
            {role === "host" ? "Members' stacks are placed on it." : "It acts for every member of its cell."}
          </p>
          <FormEnd change={make} unchanged="No token was made." press="Make it" busy="Making it" onClose={() => setRole(undefined)} />
        </form>
      )}
      {open.length > 0 && (
        <div className="ptask" role="status">
          <p className="s13">
            <b className="b">Run this on the machine.</b>{" "}
            {open.length === 1
              ? "The token is shown this once, and lets one machine in"
              : "The tokens are shown this once. They let machines in"}{" "}
            until {formatTime(Math.min(...open.map(({ expiresAt }) => expiresAt)))}.{" "}
            {open.length === 1 && "A machine that is host and runner takes both tokens at once: make the other one too. "}
            Without compose it is <code>agent-host join</code> for a host.
          </p>
          <Commands
            text={`docker compose run --rm join ${open.map(({ token }) => token).join(" ")}`}
            label="Command to join"
            copy="Copy the command to join"
          />
        </div>
      )}
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {tokens.length === 0 && !query.isError && <p className="sub s13">{query.isPending ? "Reading" : "No token was made yet."}</p>}
      <ul className="rules" aria-label="Tokens that were made">
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} />
        ))}
      </ul>
    </section>
  );
}

function TokenRow({ token }: { token: JoinTokenView }) {
  const [sure, setSure] = useState(false);
  const withdraw = useRest(joinTokenView);
  const changed = useMachinesChanged();
  const { ring, text } = joinTokenWords[token.state];
  const press = () => {
    if (withdraw.isPending) return;
    if (!sure) return setSure(true);
    withdraw.mutate(restCall("DELETE", "/hosts/tokens/{tokenId}", { params: { path: { tokenId: token.id } } }), { onSettled: changed });
  };
  return (
    <li className="wrap">
      <Ring state={ring} label="" />
      <div className="grow">
        <p className="s13">
          For a {token.role} of cell {token.cell}. {text}
          {token.machine && `, by ${token.machine}`}.
        </p>
        <p className="s12 sub num">
          Made {moment(token.createdAt)} by {token.createdBy}.{" "}
          {token.withdrawnAt !== null ? `Withdrawn ${moment(token.withdrawnAt)}.` : `Ends ${moment(token.expiresAt)}.`}
        </p>
        {withdraw.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(withdraw.error)}
          </p>
        )}
      </div>
      {token.state === "open" && (
        <button
          type="button"
          className={sure ? "btn bad" : "btn"}
          aria-label={`${sure ? "Really withdraw" : "Withdraw"} ${token.id}`}
          aria-disabled={withdraw.isPending}
          onClick={press}
          onBlur={() => afterPress(() => setSure(false))}
        >
          {withdraw.isPending ? "Withdrawing" : sure ? "Really withdraw" : "Withdraw"}
        </button>
      )}
    </li>
  );
}
