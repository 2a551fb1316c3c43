import { useStackQuery } from "../stack/asleep.tsx";

/** The person's repositories and their branches, as Git has them now. */
export const useRepos = () => useStackQuery("repos", {});
