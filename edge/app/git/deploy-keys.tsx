import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { z } from "zod";
import {
  cloneAddress,
  deployKeyIn,
  deployKeyLife,
  deployKeyMade,
  deployKeysOut,
  type GitTokenView,
} from "../../../schema/git/git-token.ts";
import { type Id, siblingId } from "../../../schema/wire/id.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { afterPress } from "../ui/after-press.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { formatDate, formatDay } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Commands } from "../ui/terminal-commands.tsx";
import { ScopeChoice } from "./git-token-form.tsx";

const keysKey = (repoId: string) => ["deploy-keys", repoId];
type MakeKey = ReturnType<typeof useRest<z.infer<typeof deployKeyMade>>>;

/** Keys for machines that clone this project, or push to it. Each is shown once, inside its command. */
export function DeployKeys({ project, repo }: { project: Id<"prj">; repo: string }) {
  const repoId = siblingId("rep", project);
  const { api } = useServices();
  const queries = useQueryClient();
  const read = () => api.get("/git/repos/{repoId}/deploy-keys", deployKeysOut, { params: { path: { repoId } } });
  const query = useQuery({ queryKey: keysKey(repoId), queryFn: read, refetchOnMount: "always" });
  const make = useRest(deployKeyMade);
  const [open, setOpen] = useState(false);
  const refresh = () => void queries.invalidateQueries({ queryKey: keysKey(repoId) });
  const forget = (key: GitTokenView) => {
    if (make.data?.deployKey.id === key.id) make.reset();
    refresh();
  };
  const begin = () => {
    make.reset();
    setOpen(true);
  };
  const keys = query.data?.deployKeys ?? [];
  return (
    <>
      <div className="fx">
        <h2 className="grow">Deploy keys</h2>
        <button type="button" className="btn" onClick={begin}>
          <Plus className="i s14" aria-hidden="true" /> New deploy key
        </button>
      </div>
      <p className="s13 sub">For a machine that clones this project, and nothing else of yours. The key is the password over HTTPS.</p>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {open && <KeyForm repoId={repoId} make={make} onClose={() => setOpen(false)} onMade={refresh} />}
      {make.data && !open && (
        <div className="ptask" role="status">
          <p className="s13">
            <b className="b">Clone with this.</b> The key in it is shown this once: copy it now.
          </p>
          <Commands
            text={`git clone ${cloneAddress(location.origin, repo, make.data.token)}`}
            label="Command to clone"
            copy="Copy the command"
          />
        </div>
      )}
      {query.isPending && !query.isError && <p className="sub s13">Reading</p>}
      {query.isSuccess && keys.length === 0 && !open && <p className="sub s13">There are none yet.</p>}
      <ul className="rules">
        {keys.map((key) => (
          <KeptKey key={key.id} repoId={repoId} kept={key} gone={() => forget(key)} />
        ))}
      </ul>
    </>
  );
}

type KeyFormProps = { repoId: Id<"rep">; make: MakeKey; onClose: () => void; onMade: () => void };
function KeyForm({ repoId, make, onClose, onMade }: KeyFormProps) {
  const form = useForm({
    first: () => ({ name: "", scope: "read" as "read" | "push", expiresIn: deployKeyLife.usual as number }),
    read: (values) => readInput(deployKeyIn, values),
    send: (body, after) => make.mutate(restCall("POST", "/git/repos/{repoId}/deploy-keys", { params: { path: { repoId } }, body }), after),
    busy: make.isPending,
    onSaved: () => {
      onClose();
      onMade();
    },
  });
  const wrongName = form.wrong("name") && "Say which machine has it, in one line.";
  return (
    <form {...form.props} className="ptask form" aria-label="New deploy key" autoComplete="off">
      <Field label="Name of the machine" {...form.field("name")} wrong={wrongName} maxLength={80} focus />
      <ScopeChoice scope={form.values.scope} choose={(scope) => form.set({ scope })} />
      <p className="s12 sub">It ends after a year, or when you remove it.</p>
      <FormEnd change={make} unchanged="No key was shown." press="Make the key" busy="Making it" onClose={onClose} />
    </form>
  );
}

function KeptKey({ repoId, kept, gone }: { repoId: Id<"rep">; kept: GitTokenView; gone: () => void }) {
  const [sure, setSure] = useState(false);
  const remove = useRest(removedOut);
  const press = () => {
    if (remove.isPending) return;
    if (!sure) return setSure(true);
    const path = { repoId, tokenId: kept.id };
    remove.mutate(restCall("DELETE", "/git/repos/{repoId}/deploy-keys/{tokenId}", { params: { path } }), { onSuccess: gone });
  };
  const used = kept.lastUsedAt === null ? "Never used." : `Last used ${formatDay(kept.lastUsedAt)}.`;
  const verb = sure ? "Really remove" : "Remove";
  return (
    <li className="wrap">
      <div className="grow">
        <b className="med rule-what">{kept.name}</b>
        <p className="s12 sub rule-what">
          {kept.scope === "push" ? "Reads and pushes." : "Reads."} {kept.expiresAt <= Date.now() ? "Ended" : "Until"}{" "}
          {formatDate(kept.expiresAt)}. {used}
        </p>
        {remove.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(remove.error)} The key still opens it.
          </p>
        )}
      </div>
      <button
        type="button"
        className={sure ? "btn bad" : "btn"}
        aria-label={`${verb} ${kept.name}`}
        aria-disabled={remove.isPending}
        onClick={press}
        onBlur={() => afterPress(() => setSure(false))}
      >
        {remove.isPending ? "Removing" : verb}
      </button>
    </li>
  );
}
