import { useActionQuery } from "../live/use-action.ts";

/** The person's repositories and their branches, as Git has them now. */
export const useRepos = () => useActionQuery("repos", {});
