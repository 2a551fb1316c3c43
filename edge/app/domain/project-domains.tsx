import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { z } from "zod";
import { limitReached } from "../../../schema/billing/limit-reached.ts";
import { type DomainState, type DomainView, domainIn, domainsOut, domainView } from "../../../schema/domain/domain.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { PlanLink } from "../billing/plan/plan-link.tsx";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring, type RingState } from "../ui/ring.tsx";
import styles from "./domain.module.css";

const standings: Record<DomainState, { ring: RingState; text: string }> = {
  waiting_dns: { ring: "waiting", text: "Waits for its records" },
  waiting_certificate: { ring: "working", text: "Its certificate is being made" },
  active: { ring: "deployed", text: "Leads here" },
  failed: { ring: "failed", text: "Needs you" },
  removing: { ring: "cancelled", text: "Is being removed" },
};
const keyOf = (project: string) => ["project", "domains", project];
const lookAgainMs = 10_000;
/** The edge asks the DNS by itself; the page follows while something waits. */
function useDomains(project: string) {
  const { api } = useServices();
  return useQuery({
    queryKey: keyOf(project),
    queryFn: () => api.get("/projects/{project}/domains", domainsOut, { params: { path: { project } } }),
    refetchOnMount: "always",
    refetchInterval: ({ state }) => (state.data?.domains.some(({ state }) => state.startsWith("waiting")) ? lookAgainMs : false),
  });
}
function useDomainChange<T>(project: string, out: z.ZodType<T>) {
  const queries = useQueryClient();
  const change = useRest(out);
  const again = () => queries.invalidateQueries({ queryKey: keyOf(project) });
  type After = { onSuccess?: () => void; onError?: () => void };
  return {
    ...change,
    send: (input: Parameters<typeof change.mutate>[0], after: After = {}) => change.mutate(input, { ...after, onSettled: again }),
  };
}

/** Names of the member's own at which the project is seen. */
export function ProjectDomains({ project, published }: { project: string; published: boolean }) {
  const query = useDomains(project);
  const [adding, setAdding] = useState(false);
  const { domains = [], most = 0, demo = false } = query.data ?? {};
  const off = query.error instanceof AppError && query.error.code === "unavailable";
  const full = domains.length >= most;
  return (
    <>
      <div className="fx">
        <h2 className="grow">Domain</h2>
        {query.data && !full && !adding && (
          <button type="button" className="btn" onClick={() => setAdding(true)}>
            <Plus className="i s14" aria-hidden="true" /> Add a domain
          </button>
        )}
      </div>
      <p className="s13 sub">
        {demo
          ? "This is a demo: no DNS is asked and no certificate is made. Names below localhost, such as shop.localhost, lead to this machine."
          : "A name of your own, such as shop.example.org, leads to what is published."}{" "}
        {domains.length > 0 && !published && "Nobody sees it there yet: the project is not published."}{" "}
        {full && domains.length > 0 && (
          <>
            {limitReached.domains(most)}
            <PlanLink after={limitReached.domains(most)} />
          </>
        )}
      </p>
      {off && <p className="s13">{failureText(query.error)}</p>}
      {query.isError && !off && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && !query.isError && <p className="sub s13">Reading</p>}
      {adding && <DomainForm project={project} demo={demo} onClose={() => setAdding(false)} />}
      <ul className="rules">
        {domains.map((domain) => (
          <DomainRow key={domain.id} project={project} domain={domain} />
        ))}
      </ul>
    </>
  );
}

function DomainForm({ project, demo, onClose }: { project: string; demo: boolean; onClose: () => void }) {
  const add = useDomainChange(project, domainView);
  const form = useForm({
    first: () => ({ name: "" }),
    read: (values) => readInput(domainIn, values),
    send: (body, after) => add.send(restCall("POST", "/projects/{project}/domains", { params: { path: { project } }, body }), after),
    busy: add.isPending,
    onSaved: onClose,
  });
  return (
    <form {...form.props} className="ptask form" aria-label="Add a domain" autoComplete="off">
      <Field
        label="Domain"
        {...form.field("name")}
        wrong={form.wrong("name") && `A name such as ${demo ? "shop.localhost" : "shop.example.org"}.`}
        mono
        focus
      />
      <FormEnd change={add} unchanged="Nothing was added." press="Add it" busy="Adding it" onClose={onClose} />
    </form>
  );
}

function DomainRow({ project, domain }: { project: string; domain: DomainView }) {
  const { ask } = useScreen();
  const check = useDomainChange(project, domainView);
  const remove = useDomainChange(project, z.union([removedOut, z.unknown()]));
  const { ring, text } = standings[domain.state];
  const params = { path: { project, domainId: domain.id } };
  const error = check.error ?? (remove.error instanceof AppError && remove.error.code === "not_found" ? null : remove.error);
  const pressRemove = () =>
    remove.isPending ||
    ask({
      title: `Remove ${domain.name}?`,
      text: "It leads here no more at once, and its certificate is taken back. Its records in your DNS you remove yourself.",
      yes: "Remove it",
      act: () => remove.send(restCall("DELETE", "/projects/{project}/domains/{domainId}", { params })),
    });
  const open = domain.state === "active";
  return (
    <li className="wrap">
      <Ring state={ring} label="" />
      <div className={`grow ${styles.domain}`}>
        <p className="fx wrap">
          <b className="b">{domain.name}</b>
          <span className="s13 sub">{text}</span>
          {open && (
            <a className="link s13" href={domain.address} target="_blank" rel="noopener noreferrer">
              Open
            </a>
          )}
        </p>
        {domain.reason && <p className={open || domain.state === "failed" ? "s13 c-bad" : "s13"}>{domain.reason}</p>}
        {(!open || domain.reason) && domain.records.length > 0 && <Records domain={domain} />}
        <p className="s12 sub num">{describeLooks(domain)}</p>
        {error && (
          <p className="s12 c-bad" role="alert">
            {failureText(error)}
          </p>
        )}
      </div>
      {!domain.demo && (
        <button
          type="button"
          className="btn"
          aria-label={`Check ${domain.name} now`}
          aria-disabled={check.isPending}
          onClick={() =>
            check.isPending || check.send(restCall("POST", "/projects/{project}/domains/{domainId}/check", { params, body: {} }))
          }
        >
          {check.isPending ? "Looking" : "Check now"}
        </button>
      )}
      <button type="button" className="btn" aria-label={`Remove ${domain.name}`} aria-disabled={remove.isPending} onClick={pressRemove}>
        {remove.isPending ? "Removing" : "Remove"}
      </button>
    </li>
  );
}
function describeLooks({ checkedAt, nextCheckAt, demo }: DomainView): string {
  if (demo) return "In this demo it leads here by itself.";
  const at = (time: number) => `${formatDay(time)} ${formatTime(time)}`;
  const last = checkedAt === undefined ? "Not looked at yet" : `Looked at ${at(checkedAt)}`;
  return nextCheckAt === undefined ? `${last}. It is looked at again when you ask for it.` : `${last}, next ${at(nextCheckAt)}.`;
}

/** What is to be written where the domain's DNS is kept. */
function Records({ domain }: { domain: DomainView }) {
  return (
    <>
      <p className="s13">
        Write both into the DNS of {domain.name}, and leave them there. Where a name can have no CNAME, ALIAS or flattening does the same.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.records} tabIndex={0} aria-label={`Records of ${domain.name}`}>
        <table className="s12">
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col">Name</th>
              <th scope="col">Value</th>
              <th scope="col">Found</th>
            </tr>
          </thead>
          <tbody>
            {domain.records.map(({ type, name, value, found }) => (
              <tr key={type}>
                <td>{type}</td>
                <td>
                  <code>{name}</code> <CopyButton text={name} label={`Copy the name of the ${type} record`} />
                </td>
                <td>
                  <code>{value}</code> <CopyButton text={value} label={`Copy the value of the ${type} record`} />
                </td>
                <td>{found ? "yes" : "not yet"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
