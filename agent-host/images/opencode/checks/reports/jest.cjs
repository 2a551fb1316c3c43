// A reporter of jest.
const { openReport } = require("./report.mjs");

const outcomes = { passed: "passed", failed: "failed" };
module.exports = class TestReporter {
  onRunStart() {
    this.report = openReport("jest");
  }
  onTestResult(_test, { testFilePath, testResults, testExecError }) {
    if (testExecError) this.report.test(testFilePath, [], "failed"); // it could not be loaded
    for (const { ancestorTitles, title, status } of testResults)
      this.report.test(testFilePath, [...ancestorTitles, title], outcomes[status] ?? "skipped");
  }
  onRunComplete() {
    this.report.end();
  }
};
