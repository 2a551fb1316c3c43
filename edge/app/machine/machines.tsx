import { Link } from "@tanstack/react-router";
import type { HostView, RunnerView } from "../../../schema/machine/machine-view.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { formatDate } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { JoinTokens } from "./join-tokens.tsx";
import { useMachines, useMachineTitle } from "./machine.ts";
import { describeHeard, describeMachineState } from "./machine-words.ts";

/** Hosts and runners, for operators; the edge refuses all others. */
export function Machines() {
  const query = useMachines();
  useMachineTitle("Machines");
  const { hosts = [], runners = [], homeless = [] } = query.data ?? {};
  const denied = query.error instanceof AppError && query.error.code === "forbidden";
  return (
    <>
      <div className="bar">
        <h1>Machines</h1>
        <span className="chip">Operators only</span>
      </div>
      <ScrollPage label="Machines">
        <div className="narrow col">
          {denied && <OperatorsOnly />}
          {query.isError && !denied && <Failed error={query.error} retry={query.refetch} />}
          {query.isPending && <p className="sub s13">Reading</p>}
          {query.data && (
            <>
              {homeless.length > 0 && (
                <p className="quiet bad" role="status">
                  {homeless.length === 1 ? "One stack has no host" : `${homeless.length} stacks have no host`}: it needs a host with room.
                </p>
              )}
              <MachineGroup title="Hosts" machines={hosts} none="No host yet. A token lets the first one join." />
              <MachineGroup title="Runners" machines={runners} none="No runner yet: no agent works without one." />
              <JoinTokens />
            </>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

export function OperatorsOnly() {
  return (
    <div className="empty" role="alert">
      <b className="b">This page is for operators</b>
      <p className="sub">Your account is not one. What you have is in your workspace.</p>
      <Link className="btn" to="/">
        To the conversation
      </Link>
    </div>
  );
}

function MachineGroup({ title, machines, none }: { title: string; machines: readonly (HostView | RunnerView)[]; none: string }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {machines.length === 0 && <p className="sub s13">{none}</p>}
      <ul className="rules">
        {machines.map((machine) => (
          <MachineRow key={machine.id} machine={machine} />
        ))}
      </ul>
    </section>
  );
}

function MachineRow({ machine }: { machine: HostView | RunnerView }) {
  const { id, name, lastHeartbeat, load, versions, serial, certificateEnds, cell } = machine;
  const { ring, text } = describeMachineState(machine);
  const stacks =
    "placed" in machine
      ? `${machine.placed === 1 ? "1 stack" : `${machine.placed} stacks`}, ${machine.held} of ${machine.capacity.stacks} slots taken`
      : undefined;
  const troubles = "troubles" in machine ? machine.troubles.length : 0;
  const facts = [
    stacks,
    load && `load ${load.cpu.toFixed(1)}`,
    versions && `GrowQR ${versions.growqr}`,
    `cell ${cell}`,
    `certificate ${serial?.slice(0, 8) ?? "of unknown serial"}, ends ${formatDate(certificateEnds)}`,
  ].filter(Boolean);
  return (
    <li className="wrap">
      <Ring state={ring} label="" />
      <div className="grow">
        <p className="fx">
          <Link className="link grow t" to="/machine/$id" params={{ id }}>
            {name}
          </Link>
          <span className="s12 sub num nowrap">{describeHeard(lastHeartbeat, Date.now())}</span>
        </p>
        <p className="s13">
          {text}
          {troubles > 0 && <b className="c-bad">. {troubles === 1 ? "One stack" : `${troubles} stacks`} can't go on</b>}
        </p>
        {"image" in machine && machine.image && <p className="s12 wrap">{machine.image.line}</p>}
        <p className="s12 sub num">{facts.join(" · ")}</p>
      </div>
    </li>
  );
}
