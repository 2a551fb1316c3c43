import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import type { HostView, MachineOut, RunnerView } from "../../../schema/machine/machine-view.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { formatDate, formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { useMachine, useMachineTitle } from "./machine.ts";
import { MachineActions } from "./machine-actions.tsx";
import { describeHeard, describeLoad, describeMachineState, describeVersions, machineEventTitle } from "./machine-words.ts";
import { OperatorsOnly } from "./machines.tsx";

/** One machine: how it stands, what is on it, what happened to it, and what an operator can do. */
export function MachinePage() {
  const { id } = useParams({ from: "/machine/$id" });
  const query = useMachine(id);
  const machine = query.data?.host ?? query.data?.runner ?? undefined;
  const standing = machine && describeMachineState(machine);
  const denied = query.error instanceof AppError && query.error.code === "forbidden";
  useMachineTitle(machine?.name ?? "Machine");
  return (
    <>
      <div className="bar">
        <Link to="/machine" className="ib" aria-label="All machines">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        {standing && <Ring state={standing.ring} label="" />}
        <h1 className="t">{machine?.name ?? "Machine"}</h1>
        {standing && <span className="sub s13 t">{standing.text}</span>}
      </div>
      <ScrollPage label="Machine">
        <div className="narrow col">
          {denied && <OperatorsOnly />}
          {query.isError && !denied && <Failed error={query.error} retry={query.refetch} />}
          {query.isPending && <p className="sub s13">Reading</p>}
          {query.data && machine && (
            <>
              <Facts machine={machine} joinedBy={query.data.joinedBy} />
              <MachineActions machine={query.data} />
              {query.data.host && <Stacks stacks={query.data.stacks} />}
              <Events events={query.data.events} />
              <Certificates machine={query.data} />
            </>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

function Facts({ machine, joinedBy }: { machine: HostView | RunnerView; joinedBy: string | null }) {
  const facts: [string, string][] = [
    ["Id", machine.id],
    ["Cell", machine.cell],
    ["Heard", describeHeard(machine.lastHeartbeat, Date.now())],
  ];
  if ("placed" in machine) {
    const { address, port, placed, held, capacity, image } = machine;
    if (image) facts.push(["Stacks wait", image.line]);
    facts.push(["Address", address === null ? "unknown" : `${address}:${port ?? ""}, mutual TLS`]);
    facts.push(["Stacks", `${placed}; ${held} of ${capacity.stacks} slots taken; ${capacity.cpus} CPUs, ${capacity.memoryMb} MB`]);
    facts.push(["Load", describeLoad(machine.load)], ["Versions", describeVersions(machine.versions)]);
  }
  facts.push(["Joined", `${formatDay(machine.createdAt)} ${formatTime(machine.createdAt)}${joinedBy ? `, by token ${joinedBy}` : ""}`]);
  return (
    <dl className="kv num">
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd style={{ overflowWrap: "anywhere" }}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Stacks({ stacks }: { stacks: MachineOut["stacks"] }) {
  return (
    <section aria-label="Stacks">
      <h2>Stacks</h2>
      {stacks.length === 0 && <p className="sub s13">None is placed here.</p>}
      <ul className="rules">
        {stacks.map(({ stack, member, observed, trouble }) => (
          <li key={stack} className="wrap">
            <code className="grow rule-what">{member}</code>
            <span className={trouble ? "s13 c-bad" : "s13 sub"}>{trouble ? `${observed}, ${trouble.replaceAll("_", " ")}` : observed}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Events({ events }: { events: MachineOut["events"] }) {
  return (
    <section aria-label="Events">
      <h2>Events</h2>
      {events.length === 0 && <p className="sub s13">Nothing was written down yet.</p>}
      <ol className="rules">
        {events.map(({ sequence, kind, at, by, detail }) => (
          <li key={sequence} className="wrap">
            <div className="grow">
              <b className="b s13">{machineEventTitle(kind)}</b>
              {detail && <p className="s13 rule-what">{detail}</p>}
              {by && <p className="s12 sub rule-what">By {by}</p>}
            </div>
            <span className="s12 sub num nowrap">
              {formatDay(at)} {formatTime(at)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Certificates({ machine: { certificates, host, runner } }: { machine: MachineOut }) {
  const revoked = (host ?? runner)?.state === "revoked";
  return (
    <section aria-label="Certificates">
      <h2>Certificates</h2>
      <ul className="rules">
        {certificates.map(({ serial, issuedAt, endsAt }, index) => (
          <li key={serial ?? issuedAt} className="wrap">
            <code className="grow rule-what">{serial ?? "serial not kept"}</code>
            <span className="s12 sub num">
              {formatDate(issuedAt)} to {formatDate(endsAt)}
              {revoked ? ", refused" : index === 0 ? ", in force" : ""}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
