// A reporter of vitest.
import { openReport } from "./report.mjs";

const outcomes = { pass: "passed", fail: "failed" };
export default class TestReporter {
  onInit() {
    this.report = openReport("vitest");
  }
  /** Newer versions call `onTestRunEnd`, older ones this, some both. */
  onFinished(files = []) {
    const { report } = this;
    if (!report) return;
    this.report = undefined;
    const tell = (file, names, { name, tasks, result }) => {
      if (tasks) for (const each of tasks) tell(file, [...names, name], each);
      else report.test(file, [...names, name], outcomes[result?.state] ?? "skipped");
    };
    for (const { filepath, tasks, result } of files) {
      for (const each of tasks) tell(filepath, [], each);
      if (tasks.length === 0 && result?.state === "fail") report.test(filepath, [], "failed"); // it could not be loaded
    }
    report.end();
  }
  onTestRunEnd(modules) {
    this.onFinished(modules.map(({ task }) => task));
  }
}
