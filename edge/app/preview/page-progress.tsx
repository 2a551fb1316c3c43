import type { TaskView } from "../../../schema/agent/team.ts";
import { keptBranches } from "../../../schema/git/push.ts";
import type { PreviewView } from "../../../schema/preview/preview.ts";
import { projectOfRepo } from "../git/repos.ts";
import { useActionQuery } from "../live/use-action.ts";
import styles from "./preview.module.css";
import { PreviewLink } from "./preview-link.tsx";

/** The same project's page on main, if that has changed since: what this page has become. */
export function findFinishedPage({ source, changedAt }: PreviewView, open: readonly PreviewView[]): PreviewView | undefined {
  if (source.kind !== "pages" || source.branch === keptBranches.main) return undefined;
  return open.find(
    (each) =>
      each.state === "open" &&
      each.source.kind === "pages" &&
      each.source.repo === source.repo &&
      each.source.branch === keptBranches.main &&
      each.changedAt >= changedAt, // one look at the repository may find both
  );
}
/** Whether agents still work on a page: it is on a branch of theirs, and a task of its project is open. */
export const isPageUnderWork = ({ source }: PreviewView, openTasks: readonly Pick<TaskView, "project">[]): boolean =>
  source.kind === "pages" &&
  source.branch.startsWith(keptBranches.agents) &&
  openTasks.some(({ project }) => project === projectOfRepo(source.repo));

/** Says of a page that is not main's whether it is finished by now, with the way to the finished one. */
export function PageProgress({ preview }: { preview: PreviewView }) {
  const { source } = preview;
  const on = source.kind === "pages" && source.branch !== keptBranches.main;
  const previews = useActionQuery("previews", {}, { on });
  const tasks = useActionQuery("tasks", { state: "open", limit: 100 }, { on });
  if (!previews.data) return null;
  const finished = findFinishedPage(preview, previews.data.previews);
  if (!finished && !isPageUnderWork(preview, tasks.data?.tasks ?? [])) return null;
  return (
    <div className={`fx wrap s13 ${styles.progress}`}>
      <p className="sub grow" role="status">
        {finished ? "This is how it looked while it was being made. There is a newer version now." : "It is still being made."}
      </p>
      {finished && (
        <PreviewLink preview={finished.id} className="btn" replace>
          Show the newer version
        </PreviewLink>
      )}
    </div>
  );
}
