import { useNavigate } from "@tanstack/react-router";
import { z } from "zod";
import { projectMakeIn } from "../../../schema/project/project.ts";
import { projectTitle, type TemplateView, templateId } from "../../../schema/project/template.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { tabDraft } from "../ui/form/form-draft.ts";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import styles from "./new-project.module.css";
import { shortNameOf } from "./project-words.ts";

const draft = z.object({ title: z.string(), name: z.string().nullable(), template: templateId });
const input = projectMakeIn.required({ title: true, template: true }).extend({ title: projectTitle });

/** A project begins here: what it is called, and what it begins from. */
export function NewProject({ close }: { close: () => void }) {
  const query = useActionQuery("projectTemplates", {});
  const make = useAction("projectMake");
  const navigate = useNavigate();
  const form = useForm({
    draft: tabDraft("project", draft),
    first: (): z.infer<typeof draft> => ({ title: "", name: null, template: "landing-page" }),
    read: ({ title, name, template }) => readInput(input, { title: title.trim(), name: name ?? shortNameOf(title), template }),
    send: (wish, after) =>
      make.mutate(wish, {
        ...after,
        onSuccess: ({ project }) => {
          after.onSuccess();
          void navigate({ to: "/project/$name", params: { name: project.name } });
        },
      }),
    busy: make.isPending || make.isSuccess, // the form leaves with what was made
  });
  const { title, name, template } = form.values;
  const wrongTitle = form.wrong("title") && "Letters, digits and spaces, a letter or digit first.";
  const wrongName = form.wrong("name") && "Small letters, digits and -, a letter first; 2 to 40.";
  return (
    <form {...form.props} className={`quiet ${styles.form}`} aria-labelledby="new-project">
      <h2 className="b" id="new-project">
        New project
      </h2>
      <Field label="What is it called?" value={title} set={(text) => form.set({ title: text })} maxLength={80} wrong={wrongTitle} focus />
      <Field
        label="Short name, for its address and its repository"
        value={name ?? shortNameOf(title)}
        set={(text) => form.set({ name: text })}
        maxLength={40}
        mono
        wrong={wrongName}
      />
      <fieldset className={styles.choices}>
        <legend>What does it begin from?</legend>
        {query.isError && <Failed error={query.error} retry={query.refetch} />}
        {query.isPending && <p className="sub s13">Reading</p>}
        {query.data?.templates.map((each) => (
          <Choice key={each.id} template={each} on={each.id === template} choose={() => form.set({ template: each.id })} />
        ))}
      </fieldset>
      {make.isError && (
        <p className="c-bad s13" role="alert">
          <Refusal error={make.error}> What you wrote is kept.</Refusal>
        </p>
      )}
      <div className="acts">
        <button type="submit" className="btn pri" aria-disabled={make.isPending}>
          {make.isPending ? "Beginning" : "Make it"}
        </button>
        <button type="button" className="btn ghost" onClick={close}>
          Not now
        </button>
      </div>
    </form>
  );
}

function Choice({ template, on, choose }: { template: TemplateView; on: boolean; choose: () => void }) {
  const { title, summary, serves, image } = template;
  return (
    <label className={on ? `${styles.choice} ${styles.on}` : styles.choice}>
      <input type="radio" name="template" checked={on} onChange={choose} />
      <span>
        <b className="b">{title}</b>
        <span className="s13 sub">{summary}</span>
        {serves && <span className="s12 sub">Gets an address that you alone see until you publish it</span>}
        {image === "full" && <span className="s12 sub">Its first build takes some minutes: your machine installs the language first</span>}
      </span>
    </label>
  );
}
