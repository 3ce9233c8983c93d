// A provider of canned answers; promptfoo's own echo provider says the prompt only.
const answers = require("./answers.json");
module.exports = class {
  constructor(options) { this.who = options.config.who; this.label = options.label; }
  id() { return `canned:${this.who}`; }
  async callApi(prompt) {
    const text = answers[this.who][prompt];
    if (text === null) return { error: "the model is overloaded" };
    return { output: text, tokenUsage: { total: 10, prompt: 7, completion: 3 }, cost: 0.001 };
  }
};
