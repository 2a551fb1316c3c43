import { lazy } from "react";
import type { ProjectView } from "../../../schema/project/project.ts";
import { useAction } from "../live/use-action.ts";
import { useScreen } from "../shell/screen.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { Refusal } from "../ui/refusal.tsx";
import styles from "./project.module.css";
import { ProjectAutomation } from "./project-automation.tsx";
import type { ProjectDetail } from "./project-page.tsx";
import { ProjectSecrets } from "./project-secrets.tsx";

const AgentsBox = lazy(() => import("./agents-box.tsx").then((part) => ({ default: part.AgentsBox })));
const DeployKeys = lazy(() => import("../git/deploy-keys.tsx").then((part) => ({ default: part.DeployKeys })));
const ProjectDomains = lazy(() => import("../domain/project-domains.tsx").then((part) => ({ default: part.ProjectDomains })));

const ProjectDanger = lazy(() => import("./project-danger.tsx").then((part) => ({ default: part.ProjectDanger })));

/** How the project is built and run, the values that its releases get, and its power. */
export function ProjectSettings({ detail: { project, main, environment, box, automation } }: { detail: ProjectDetail }) {
  return (
    <>
      <h2>How it is built and run</h2>
      {environment.length > 0 ? (
        <ul className={`${styles.words} s13`}>{keyedByIndex([...environment], "li")}</ul>
      ) : (
        <p className="sub s13">It is read from its repository, while your stack is awake.</p>
      )}
      {box && <AgentsBox box={box} />}
      <ProjectAutomation project={project.name} automation={automation} />
      <ProjectSecrets project={project} main={main} />
      <DeployKeys project={project.id} repo={project.repo} />
      <ProjectDomains project={project.name} published={project.published} />
      {project.current && <Power name={project.name} app={project.app} />}
      <ProjectDanger project={project} />
    </>
  );
}

const powerWords: Partial<Record<NonNullable<ProjectView["app"]>, string>> = {
  suspended: "Your plan does not let it run.",
  stopped: "It is stopped.",
  asleep: "It sleeps until somebody visits it.",
};
function Power({ name, app }: { name: string; app: ProjectView["app"] }) {
  const running = app !== "stopped";
  const { ask } = useScreen();
  const power = useAction("power");
  const press = () => {
    if (power.isPending) return;
    if (!running) return power.mutate({ project: name, running: true });
    ask({
      title: `Stop ${name}?`,
      text: "Visitors see a page that says so until you start it again. Its data stays.",
      yes: "Stop it",
      act: () => power.mutate({ project: name, running: false }),
    });
  };
  return (
    <>
      <h2>Power</h2>
      <div className="fx wrap">
        <span className="s13 grow">{powerWords[app ?? "well"] ?? "It runs."}</span>
        {power.isError && (
          <span className="c-bad s13" role="alert">
            <Refusal error={power.error}> Nothing was changed.</Refusal>
          </span>
        )}
        <button type="button" className={running ? "btn bad" : "btn"} aria-disabled={power.isPending} onClick={press}>
          {power.isPending ? "Changing" : running ? "Stop it" : "Start it"}
        </button>
      </div>
    </>
  );
}
