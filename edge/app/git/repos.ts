import { useStackQuery } from "../stack/asleep.tsx";

/** The person's repositories and their branches, as Git has them now. */
export const useRepos = () => useStackQuery("repos", {});
/** The project of a repository's name. */
export const projectOfRepo = (repo: string): string => repo.slice(repo.indexOf("/") + 1);
