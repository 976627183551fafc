// The metrics that a module really has: those it defines at each verbosity, and those it defines on first use.
import { catalogueOf } from "../../dist/host/cli/catalogue.js";
import { loadModule, Vm } from "../../dist/host/index.js";

export const LEVELS = ["low", "standard", "high"];
const ROOT_ID = "heirloom.smtp";

/** name → { type, labels: label → values, level }, level as the documentation writes it. */
export async function smtpCatalogue() {
  const module = await loadModule("build/smtp.wasm");
  const defined = (configuration, traffic) => catalogueOf(definedBy(module, configuration, traffic));
  const catalogue = new Map();
  const add = (entries, level) => {
    for (const entry of entries) {
      const known = catalogue.get(entry.name) ?? { type: entry.type, level, labels: new Map() };
      catalogue.set(entry.name, known);
      for (const [label, values] of Object.entries(entry.labels)) {
        const all = known.labels.get(label) ?? new Set();
        known.labels.set(label, all);
        for (const value of values) all.add(value);
      }
    }
  };
  for (const verbosity of LEVELS) add(defined({ verbosity }), verbosity);
  add(defined({ verbosity: "low", slow_commands_ms: {} }), "low, with slow_commands_ms");
  for (const verbosity of LEVELS) add(defined({ verbosity }, everyCode), `${verbosity}, on first use`);
  add(defined({ verbosity: "high", limits: { metrics: 0 } }, everyCode), "high, on first use");
  return catalogue;
}

function definedBy(module, configuration, traffic) {
  const vm = new Vm(module);
  const plugin = vm.startPlugin({ rootId: ROOT_ID, configuration: JSON.stringify(configuration) });
  traffic?.(plugin);
  vm.tick();
  return vm.defined;
}

/** Commands that are refused, each with a verb of its own. */
const REFUSED =
  "HELO x;EHLO x;LHLO x;MAIL FROM:<a@x>;RCPT TO:<b@x>;DATA;BDAT 0;RSET;QUIT;NOOP;VRFY x;EXPN x;HELP;AUTH PLAIN;" +
  "STARTTLS;ETRN x;TURN;BURL x;XCLIENT x;XFORWARD x;X-EXPS x;X-ANONYMOUSTLS;XEXCH50 1 1;SEND FROM:<a@x>;HUH";

/**
 * A session with every verb, in which the server uses every code and every enhanced status, and more pairs of verb and
 * code than are told apart.
 */
function everyCode(plugin) {
  const session = plugin.newConnection();
  session.upstream(Buffer.from("220 mx.example ESMTP\r\n"));
  for (const command of REFUSED.split(";")) exchange(session, command, "500 no");
  exchange(session, "DATA", "354 go on");
  exchange(session, ".", "554 no recipients");
  exchange(session, "AUTH LOGIN", "334 name");
  exchange(session, "eA==", "535 no");
  for (const [digit, code] of Object.entries({ 2: 250, 4: 450, 5: 550 })) {
    for (let subject = 0; subject < 10; subject++) {
      for (let detail = 0; detail < 40; detail++)
        exchange(session, "NOOP", `${code} ${digit}.${subject}.${detail} x`);
    }
  }
  for (const verb of ["VRFY x", "EXPN x", "HELP", "ETRN x"]) {
    for (let code = 200; code < 600; code++) exchange(session, verb, `${code} x`);
  }
  session.close("remote");
}

function exchange(session, command, reply) {
  session.downstream(Buffer.from(`${command}\r\n`));
  session.upstream(Buffer.from(`${reply}\r\n`));
}
