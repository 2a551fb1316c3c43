import { useEffect, useRef, useState } from "react";
import type { ProjectView } from "../../../schema/project/project.ts";
import { projectDoor, useVisit } from "../preview/preview-frame.tsx";
import { Ring } from "../ui/ring.tsx";
import styles from "./picture.module.css";
import { describeProjectState } from "./project-words.ts";

/** As wide as a desktop's page, drawn this much smaller. */
const desktopPage = { width: 1_280, height: 800 } as const;
const pictureSize = { width: 160, height: 100 } as const;

type Connection = { saveData?: boolean; type?: string };
/** Whether bytes cost the person, or they said to save them: then only pages that they open are loaded. */
function isMetered(): boolean {
  const connection = (navigator as { connection?: Connection }).connection;
  return connection?.saveData === true || connection?.type === "cellular";
}

/** What serves of a project, small, alive and inert; where nothing does, its state. */
export function ProjectPicture({ project }: { project: ProjectView }) {
  const { ring } = describeProjectState(project);
  const serves = project.current !== undefined && (project.state === "running" || project.state === "deploying");
  const box = useRef<HTMLSpanElement>(null);
  const seen = useSeen(box);
  return (
    <span className={styles.picture} ref={box} aria-hidden="true">
      {serves && seen && !isMetered() ? <LivePage project={project} /> : <Ring state={ring} size={20} label="" />}
    </span>
  );
}

/** From the first time that the element is on the screen. */
function useSeen(box: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const watched = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && setSeen(true));
    if (box.current) watched.observe(box.current);
    return () => watched.disconnect();
  }, [box]);
  return seen;
}

/**
 * Its page in a frame of its own origin, by a way in that is good once. Nothing can be pressed in it, nor
 * reached by a key: the row around it opens the project.
 */
function LivePage({ project }: { project: ProjectView }) {
  const { entry } = useVisit({ door: projectDoor(project.name), version: project.current?.id }, () => "/");
  if (!entry.data) return <Ring state={entry.isError ? "cancelled" : "working"} size={20} label="" />;
  return (
    <iframe
      inert
      tabIndex={-1}
      loading="lazy"
      src={entry.data.url}
      title={`${project.name}, small`}
      width={desktopPage.width}
      height={desktopPage.height}
      style={{ transform: `scale(${pictureSize.width / desktopPage.width})` }}
      sandbox="allow-scripts allow-same-origin"
      referrerPolicy="no-referrer"
    />
  );
}
