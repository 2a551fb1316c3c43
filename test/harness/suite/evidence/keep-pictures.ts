import { afterEach } from "vitest";
import { keepFailedPages } from "../../browser.ts";

/** In every file of the projects that drive a browser. */
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await keepFailedPages(task.name);
});
