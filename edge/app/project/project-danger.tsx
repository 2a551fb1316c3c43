import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ProjectView, repositoryFates } from "../../../schema/project/project.ts";
import { useAction } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import styles from "./project.module.css";

type Fate = (typeof repositoryFates)[number];
const fates: Record<Fate, { title: string; text: string; press: string; busy: string }> = {
  keep: {
    title: "Take it offline",
    text: "The project stays, with its repository and its history. It can be deployed again, with no data in it.",
    press: "Take it offline",
    busy: "Taking it offline",
  },
  archive: {
    title: "Delete it",
    text: "The project is gone from here. Its repository is archived: nobody writes to it any more. It is not erased, because receipts speak of its commits; a new project of this name goes on with it.",
    press: "Delete it",
    busy: "Deleting it",
  },
};

/** What can't be undone. Nothing is pressed by accident: the project's name is written first. */
export function ProjectDanger({ project: { name, state } }: { project: ProjectView }) {
  const [fate, setFate] = useState<Fate>();
  return (
    <section aria-label="Danger">
      <h2>Danger</h2>
      <p className="s13 sub">
        Either takes what runs of it, the data that its visitors left, its address, its domains and its secrets away for good.
      </p>
      {state === "removing" && (
        <p className="s13" role="status">
          It is being taken away. This goes on while your machine is away, too.
        </p>
      )}
      {state !== "removing" && (
        <>
          <ul className="rules">
            {(Object.keys(fates) as Fate[]).map((each) => (
              <li key={each} className="wrap">
                <div className={`grow ${styles.danger}`}>
                  <b className="b">{fates[each].title}</b>
                  <p className="s13">{fates[each].text}</p>
                </div>
                <button
                  type="button"
                  className="btn bad"
                  aria-expanded={fate === each}
                  onClick={() => setFate(fate === each ? undefined : each)}
                >
                  {fates[each].title}
                </button>
              </li>
            ))}
          </ul>
          {fate && <Confirm key={fate} name={name} fate={fate} onClose={() => setFate(undefined)} />}
        </>
      )}
    </section>
  );
}

function Confirm({ name, fate, onClose }: { name: string; fate: Fate; onClose: () => void }) {
  const [written, setWritten] = useState("");
  const remove = useAction("projectRemove");
  const navigate = useNavigate();
  const same = written === name;
  const gone = () => {
    onClose();
    if (fate === "archive") void navigate({ to: "/project" });
  };
  const press = () => {
    if (same && !remove.isPending) remove.mutate({ project: name, confirm: written, repository: fate }, { onSuccess: gone });
  };
  return (
    <form
      className="ptask form"
      aria-label={fates[fate].title}
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        press();
      }}
    >
      <Field label={`Write ${name} to confirm`} value={written} set={setWritten} wrong={undefined} mono focus />
      <FormEnd
        change={remove}
        unchanged="Nothing was taken away."
        press={fates[fate].press}
        busy={fates[fate].busy}
        onClose={onClose}
        danger={{ ready: same }}
      />
    </form>
  );
}
