import { Link, useNavigate } from "@tanstack/react-router";
import type { AgentTypeView } from "../../../schema/agent/agent-type-api.ts";
import { writeComposerDraft } from "../conversation/composer-draft.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useSpace } from "../live/workspace.ts";
import { findMissingSecrets, listSecretNeeds, type SecretNeed, useSecrets } from "../secret/secret.ts";
import { useTitle } from "../shell/page-title.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";

/** The kinds of agents. An event in the log loads them anew. */
export function useAgentTypes(on = true) {
  return useActionQuery("agentTypes", {}, { on });
}

/** The platform's kinds and the person's own, with the issues of their files. */
export function AgentTypes() {
  const query = useAgentTypes();
  const types = query.data?.types ?? [];
  const kept = useSecrets().data?.secrets;
  const lacks = kept ? findMissingSecrets(listSecretNeeds(types), kept) : [];
  useTitle("Kinds of agents");
  return (
    <>
      <div className="bar">
        <h1>Kinds of agents</h1>
        <span className="grow" />
        <Link className="btn" to="/session">
          Sessions
        </Link>
        <Link className="btn" to="/model-key">
          Models
        </Link>
        <Link className="btn" to="/secret">
          Secrets
        </Link>
      </div>
      <ScrollPage label="Kinds of agents">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          <h2>Your own</h2>
          <Own types={types.filter((agentType) => agentType.own)} lacks={lacks} />
          <h2>From the platform</h2>
          {types
            .filter((agentType) => !agentType.own)
            .map((agentType) => (
              <Kind key={agentType.id} agentType={agentType} />
            ))}
          {query.isPending && <p className="empty s13">Reading</p>}
        </div>
      </ScrollPage>
    </>
  );
}
function Own({ types, lacks }: { types: AgentTypeView[]; lacks: readonly SecretNeed[] }) {
  if (types.length > 0)
    return types.map((agentType) => (
      <Kind key={agentType.id} agentType={agentType} lacks={lacks.find(({ kind }) => kind.id === agentType.id)} />
    ));
  return (
    <p className="empty s13">
      None yet. A file <code>agents/&lt;name&gt;/agent.yaml</code> in your <Link to="/memories">memory</Link> makes one, as soon as it is
      committed.
    </p>
  );
}

function Kind({ agentType, lacks }: { agentType: AgentTypeView; lacks?: SecretNeed | undefined }) {
  const { agent } = useSpace();
  const navigate = useNavigate();
  const give = () => {
    writeComposerDraft(agent.id, `Give this to ${agentType.id}: `);
    void navigate({ to: "/" });
  };
  return (
    <article className="card goal" aria-label={agentType.title}>
      <h3 className="fx">
        {agentType.issues.length > 0 && <Ring state={agentType.usable ? "stale" : "failed"} label="Needs a look" />}
        <span className="grow">{agentType.title}</span>
        <span className="chip">{agentType.model}</span>
      </h3>
      {agentType.purpose && <p className="s13">{agentType.purpose}</p>}
      {agentType.service && (
        <p className="s12 sub">
          Calls {agentType.service.name} at {agentType.service.url}: {agentType.service.operations.join(", ")}
        </p>
      )}
      {lacks && (
        <p className="s13 fx">
          <Ring state="waiting" label="" />
          <Link className="link" to="/secret" search={{ name: lacks.name, origin: lacks.origin }}>
            Needs the secret {lacks.name}
          </Link>
        </p>
      )}
      {agentType.issues.length > 0 && (
        <div className="s13 c-bad" role="status">
          {agentType.usable ? "The file is not in force as it stands; its last good version is." : "The file is not in force."}
          <ul className="s12">
            {agentType.issues.map((issue) => (
              <li key={`${issue.path} ${issue.message}`}>
                <code>{issue.path || "the file"}</code> {issue.message}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="fx">
        {agentType.usable && (
          <button type="button" className="btn" onClick={give}>
            Give it work
          </button>
        )}
        {agentType.path && (
          <Link className="link s13" to="/memories" search={{ path: agentType.path }}>
            Open the file
          </Link>
        )}
      </div>
    </article>
  );
}
