import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { SecretView } from "../../../schema/secret.ts";
import { useAgentTypes } from "../agent/agent-types.tsx";
import { useTitle } from "../shell/page-title.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { findMissingSecrets, listSecretNeeds, type SecretNeed, useSecretChange, useSecrets } from "./secret.ts";
import { type SecretDraft, SecretForm } from "./secret-form.tsx";
import { KeptSecretRow } from "./secret-parts.tsx";

/** Keys that the person keeps for the services of their own kinds of agents. Their values are never shown. */
export function Secrets() {
  const query = useSecrets();
  const kinds = useAgentTypes();
  const { name, origin } = useSearch({ from: "/secret" });
  const navigate = useNavigate();
  const [form, setForm] = useState<SecretDraft>();
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle("Secrets");
  useEffect(() => {
    if (name !== undefined) setForm({ name, origin: origin ?? "" });
  }, [name, origin]);
  const done = () => {
    setForm(undefined);
    if (name !== undefined) void navigate({ to: "/secret", replace: true });
    heading.current?.focus();
  };
  const kept = query.data?.secrets ?? [];
  const needs = listSecretNeeds(kinds.data?.types ?? []);
  const lacks = query.data ? findMissingSecrets(needs, kept) : [];
  return (
    <>
      <div className="bar">
        <h1 ref={heading} tabIndex={-1}>
          Secrets
        </h1>
        <span className="grow" />
        <button type="button" className="btn" onClick={() => setForm({ name: "", origin: "" })}>
          <Plus className="i s14" aria-hidden="true" /> New secret
        </button>
      </div>
      <ScrollPage label="Secrets">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {kinds.isError && <Failed error={kinds.error} retry={kinds.refetch} />}
          {form && <SecretForm key={`${form.name} ${form.origin}`} draft={form} kept={kept} onClose={done} />}
          {(form ? [] : lacks).map((need) => (
            <Lack key={`${need.kind.id} ${need.name}`} need={need} kept={kept} add={setForm} />
          ))}
          <ul className="rules">
            {kept.map((secret) => (
              <KeptSecret
                key={secret.name}
                secret={secret}
                users={needs.filter((need) => need.name === secret.name && need.origin === secret.origin)}
                replace={() => setForm(secret)}
              />
            ))}
          </ul>
          {kept.length === 0 && !query.isError && !form && (
            <div className="empty">
              <b className="b">{query.isPending ? "Reading" : "No secrets yet"}</b>
              <p className="sub">
                A key for a service that one of your own{" "}
                <Link className="link" to="/kinds">
                  kinds of agents
                </Link>{" "}
                calls. It never reaches your agents, and it is never shown again.
              </p>
            </div>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

function Lack({ need, kept, add }: { need: SecretNeed; kept: readonly SecretView[]; add: (draft: SecretDraft) => void }) {
  const elsewhere = kept.find((secret) => secret.name === need.name);
  return (
    <div className="quiet fx wrap">
      <Ring state="waiting" label="" />
      <span className="grow s13">
        {need.kind.title} needs the secret <code>{need.name}</code> for {need.origin}.
        {elsewhere && ` The one you keep by this name is for ${elsewhere.origin}.`}
      </span>
      <button type="button" className="btn" onClick={() => add({ name: need.name, origin: need.origin })}>
        Add it
      </button>
    </div>
  );
}

function KeptSecret({ secret, users, replace }: { secret: SecretView; users: readonly SecretNeed[]; replace: () => void }) {
  const remove = useSecretChange();
  const { name, origin, updatedAt } = secret;
  const names = users.map(({ kind }) => kind.title).join(", ");
  const used = names ? `Used by ${names}.` : "No kind of agent uses it.";
  return (
    <KeptSecretRow
      name={name}
      about={`Set ${formatDay(updatedAt)} ${formatTime(updatedAt)}, for ${origin}. ${used}`}
      warning={names ? `Without it ${names} can't call the service any more.` : undefined}
      remove={remove}
      forget={() => remove.mutate({ name, kept: null })}
      replace={replace}
    />
  );
}
