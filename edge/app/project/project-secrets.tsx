import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { z } from "zod";
import { environmentName } from "../../../schema/environment/environment.ts";
import { compareSecrets, projectSecretIn, projectSecretsOut, projectSecretView } from "../../../schema/project/project-secret.ts";
import { restCall } from "../live/api.ts";
import { useAction } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { KeptSecretRow, SecretFormEnd, useSecretWrite } from "../secret/secret-parts.tsx";
import { Field } from "../ui/form/field.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import type { ProjectDetail } from "./project-page.tsx";

type KeptValue = z.infer<typeof projectSecretView>;
const valueInput = z.object({ name: environmentName, kept: projectSecretIn });
const secretsKey = (project: string) => ["project", "secrets", project];
function useValues(project: string) {
  const { api } = useServices();
  return useQuery({
    queryKey: secretsKey(project),
    queryFn: () => api.get("/projects/{project}/secrets", projectSecretsOut, { params: { path: { project } } }),
    refetchOnMount: "always",
  });
}
const valueCalls = (project: string) => ({
  keep: (name: string, body: z.infer<typeof projectSecretIn>) =>
    restCall("PUT", "/projects/{project}/secrets/{name}", { params: { path: { project, name } }, body }),
  forget: (name: string) => restCall("DELETE", "/projects/{project}/secrets/{name}", { params: { path: { project, name } } }),
});
const useValueChange = (project: string) => useSecretWrite(valueCalls(project), projectSecretView, secretsKey(project));

/** The values of a project's variables. They are written here and never shown again. */
export function ProjectSecrets({ project: { name: project, current, state }, main }: Pick<ProjectDetail, "project" | "main">) {
  const query = useValues(project);
  const [form, setForm] = useState<string>();
  const kept = query.data?.secrets ?? [];
  const given = current?.made?.secrets;
  const { newer, removed } = compareSecrets(given, query.data ? kept : []);
  return (
    <>
      <div className="fx">
        <h2 className="grow">Secrets</h2>
        <button type="button" className="btn" onClick={() => setForm("")}>
          <Plus className="i s14" aria-hidden="true" /> New secret
        </button>
      </div>
      <p className="s13 sub">Values that its next release gets as variables. They are kept encrypted and never shown again.</p>
      {query.data && current && state !== "deploying" && newer.length + removed.length > 0 && (
        <OldSecrets project={project} removed={removed} again={main.can && main.commit === current.commit ? current.commit : undefined} />
      )}
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {form !== undefined && <ValueForm key={form} project={project} name={form} kept={kept} onClose={() => setForm(undefined)} />}
      {query.isPending && !query.isError && <p className="sub s13">Reading</p>}
      <ul className="rules">
        {kept.map((secret) => (
          <KeptVariable
            key={secret.name}
            project={project}
            secret={secret}
            news={newer.includes(secret.name) ? describeNews(given?.[secret.name]) : ""}
            replace={() => setForm(secret.name)}
          />
        ))}
      </ul>
    </>
  );
}

const describeNews = (given: number | undefined) => `. What is online has ${given === undefined ? "none" : `value ${given}`}`;
type OldSecretsProps = { project: string; removed: readonly string[]; again: string | undefined };
/**
 * What serves has other secrets than those that are kept: a new release is given them. `again`: its commit,
 * where it is main's newest still. Else something else would go online by this press.
 */
function OldSecrets({ project, removed, again }: OldSecretsProps) {
  const deploy = useAction("deploy");
  const old = removed.length === 0 ? "" : ` It still has ${removed.join(", ")}.`;
  const way = again ? "Put it online again to use these." : "The next release gets these.";
  return (
    <div className="fx wrap s13">
      <span className="grow">
        What is online was started with other secrets.{old} {way}
      </span>
      {deploy.isError && (
        <span className="c-bad" role="alert">
          <Refusal error={deploy.error} />
        </span>
      )}
      {again && (
        <button
          type="button"
          className="btn"
          aria-disabled={deploy.isPending}
          onClick={() => deploy.isPending || deploy.mutate({ project, commit: again })}
        >
          {deploy.isPending ? "Asking" : "Put it online again"}
        </button>
      )}
    </div>
  );
}

type ValueFormProps = { project: string; name: string; kept: readonly KeptValue[]; onClose: () => void };
function ValueForm({ project, name: given, kept, onClose }: ValueFormProps) {
  const put = useValueChange(project);
  const form = useForm({
    first: () => ({ name: given, value: "" }),
    read: ({ name, value }) => readInput(valueInput, { name: name.trim(), kept: { value } }),
    send: put.mutate,
    busy: put.isPending,
    onSaved: onClose,
  });
  const before = kept.find((secret) => secret.name === form.values.name.trim());
  const wrongName = form.wrong("name") && "The name of a variable, such as STRIPE_KEY.";
  const wrongValue = form.wrong("kept.value") && (form.values.value === "" ? "Nothing is written here yet." : "At most 32,768 characters.");
  return (
    <form {...form.props} className="ptask form" aria-label={before ? `Replace ${before.name}` : "New secret"} autoComplete="off">
      <Field label="Name" {...form.field("name")} wrong={wrongName} mono focus={given === ""} />
      <Field label="Value" {...form.field("value")} wrong={wrongValue} mono type="password" focus={given !== ""} />
      {before && <p className="s12 sub">You keep {before.name} already: its value will be replaced.</p>}
      <SecretFormEnd put={put} replaces={before !== undefined} onClose={onClose} />
    </form>
  );
}

type KeptVariableProps = { project: string; secret: KeptValue; news: string; replace: () => void };
function KeptVariable({ project, secret, news, replace }: KeptVariableProps) {
  const remove = useValueChange(project);
  const { name, version, updatedAt } = secret;
  return (
    <KeptSecretRow
      name={name}
      about={`Value ${version}, set ${formatDay(updatedAt)} ${formatTime(updatedAt)}${news}`}
      warning="The next release runs without it."
      remove={remove}
      forget={() => remove.mutate({ name, kept: null })}
      replace={replace}
    />
  );
}
