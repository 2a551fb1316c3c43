import { useActionQuery } from "../live/use-action.ts";

/** The releases of a project, newest first. */
export const useReleases = (project: string) => useActionQuery("releases", { project });
