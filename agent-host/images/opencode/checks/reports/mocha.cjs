// The usual reporter of the project's own mocha, which reports beside what it prints.
const { realpathSync } = require("node:fs");
const { createRequire } = require("node:module");
const { openReport } = require("./report.mjs");

const [package_] = /^.*\/node_modules\/mocha\//.exec(realpathSync(process.argv[1]));
const { reporters } = createRequire(package_)("./index.js");
module.exports = class TestReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { test, end } = openReport("mocha");
    const outcomes = { pass: "passed", fail: "failed", pending: "skipped" };
    for (const [event, outcome] of Object.entries(outcomes)) runner.on(event, (each) => test(each.file, each.titlePath(), outcome));
    runner.once("end", end);
  }
};
