import type { PreviewView } from "../../../schema/preview/preview.ts";
import { useActionQuery } from "../live/use-action.ts";
import { PutOnline } from "./put-online.tsx";

/** Beside the pages of main: whether visitors see them so, and the one press that changes it. */
export function OnlineLine({ source }: Pick<PreviewView, "source">) {
  return source.kind === "pages" && source.branch === "main" ? <LineOfRepo repo={source.repo} /> : null;
}
function LineOfRepo({ repo }: { repo: string }) {
  const { project, main } = useActionQuery("project", { project: repo.slice(repo.indexOf("/") + 1) }).data ?? {};
  if (!project || !main || (!project.current && !main.can)) return null;
  return (
    <div className="sec">
      <PutOnline project={{ view: project, main }} />
    </div>
  );
}
