// Shows in JupyterLab what the hub says about this session's GPU; in nbgrader's list of assignments saves
// what is open before it is handed in, says what became of it, makes the list fit to be read aloud, and
// leads from it to the pages with results. Written by hand, for JupyterLab 4: a container of module
// federation is an object with init and get; nothing here needs a build.
(() => {
  "use strict";
  const NAME = "gradlab-session";
  const EVERY_MILLISECONDS = 10000;

  const address = () => {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const hub = config.hubPrefix || "/hub/";
    const query = new URLSearchParams({ server: config.hubServerName || "" });
    return `${hub.replace(/\/$/, "")}/gpu/session?${query}`;
  };

  const activate = (app) => {
    const shown = new Set();
    const look = async () => {
      try {
        const answer = await fetch(address(), { credentials: "same-origin", redirect: "error" });
        if (answer.status === 404) return false; // this hub or this session has no GPU
        if (!answer.ok) return true;
        const session = await answer.json();
        for (const notice of session.notices) {
          if (shown.has(notice.id)) continue;
          shown.add(notice.id);
          await app.commands.execute("apputils:notify", {
            message: notice.text,
            type: "warning",
            options: { autoClose: false },
          });
        }
      } catch (error) {
        console.debug(`${NAME}: the hub did not answer`, error);
      }
      return true;
    };
    const again = async () => {
      if (await look()) setTimeout(again, EVERY_MILLISECONDS);
    };
    app.restored.then(again);
  };

  // The list leads to the pages that say what became of what was handed in.
  const pages = () => {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    return `${(config.hubPrefix || "/hub/").replace(/hub\/?$/, "")}services/pages/`;
  };
  const link = (text, address) => {
    const made = document.createElement("a");
    made.textContent = text;
    made.href = address;
    made.target = "_blank";
    made.rel = "noopener";
    made.className = NAME;
    return made;
  };
  const lead = (list) => {
    const released = list.querySelector("#released_assignments_list");
    const panel = released && released.closest(".panel");
    if (panel && !list.querySelector(`p.${NAME}`)) {
      const line = document.createElement("p");
      line.className = NAME;
      line.style.margin = "8px";
      line.style.clear = "both"; // the line above it floats
      line.append(link("My work: results, receipts and deadlines", pages()));
      panel.before(line);
    }
    for (const course of list.querySelectorAll("#submitted_assignments_list .item_course")) {
      const row = course.parentElement;
      const name = row.querySelector(".item_name");
      if (!course.textContent || !name || row.querySelector(`a.${NAME}`)) continue;
      const parts = [course.textContent, name.textContent].map((one) => encodeURIComponent(one.trim()));
      const result = link("Result and receipts", pages() + parts.join("/"));
      result.setAttribute("aria-label", `Result and receipts of ${name.textContent.trim()}`);
      row.append(result);
    }
  };

  // What is handed in is the file: save what is open first, ask where it is late, renamed, unchanged or
  // not answered, and say what the exchange said with the receipt.
  const AHEAD_MILLISECONDS = 8000;
  const ask = async (address, more = {}) => {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const [, xsrf] = document.cookie.match(/\b_xsrf=([^;]*)/) || [];
    const answer = await fetch(`${config.baseUrl}${address}`, {
      credentials: "same-origin",
      headers: xsrf ? { "X-XSRFToken": xsrf } : {},
      ...more,
    });
    return answer.ok ? answer.json() : null;
  };
  const contents = (path, query) =>
    ask(`api/contents/${path.split("/").map(encodeURIComponent).join("/")}?${query}`);
  const receipts = async (course, assignment) => {
    const folder = await contents("receipts", "content=1");
    const begins = `${course} ${assignment} `;
    const found = folder ? folder.content.filter((one) => one.name.startsWith(begins)) : [];
    return found.map((one) => one.path).sort();
  };
  // The server looks at the folder and asks the exchange; who gets no answer hands in unasked.
  const warnings = async (course, assignment) => {
    const query = new URLSearchParams({ course, assignment });
    const signal = AbortSignal.timeout(AHEAD_MILLISECONDS);
    const said = await ask(`gradlab/ahead?${query}`, { signal });
    return said ? said.warnings : [];
  };
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const tell = async (app, course, assignment, before) => {
    for (let look = 1; look <= 14; look += 1) {
      await pause(500 * look); // about a minute, and few lines in the server's log
      const added = (await receipts(course, assignment)).filter((one) => !before.includes(one));
      if (!added.length) continue;
      const file = await contents(added[added.length - 1], "content=1&type=file&format=text");
      const said = file && JSON.parse(file.content).said;
      if (said) {
        await app.commands.execute("apputils:notify", {
          message: `${assignment}: ${said}`,
          type: "success",
          options: { autoClose: 20000 },
        });
      }
      return;
    }
  };
  const sent = new WeakSet(); // buttons whose next press goes through
  const submitting = (app) => (event) => {
    const button = event.target.closest && event.target.closest(".item_status button");
    const row = button && button.closest(".item_status").parentElement;
    if (!row || !button.closest("#fetched_assignments_list")) return;
    if (button.textContent.trim() !== "Submit" || sent.delete(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = (name) => {
      const part = row.querySelector(name);
      return part ? part.textContent.trim() : "";
    };
    const [course, assignment] = [text(".item_course"), text(".item_name")];
    const go = async () => {
      let before = [];
      try {
        await app.commands.execute("docmanager:save-all");
        before = await receipts(course, assignment);
        const known = await warnings(course, assignment);
        const question = [...known, `Hand in ${assignment} all the same?`].join("\n\n");
        if (known.length && !window.confirm(question)) return;
      } catch (error) {
        console.debug(`${NAME}: not looked at before it is handed in`, error);
      }
      sent.add(button);
      button.click();
      await tell(app, course, assignment, before);
    };
    go().catch((error) => console.debug(`${NAME}: what was handed in is not said`, error));
  };

  // The list has roles without the parts that belong to them, and many buttons of one name.
  const mend = (list) => {
    for (const one of list.querySelectorAll("[role=tablist], [role=tabpanel]")) {
      one.removeAttribute("role");
      one.removeAttribute("aria-multiselectable");
    }
    for (const button of list.querySelectorAll(".item_status button:not([aria-describedby])")) {
      const name = button.closest(".item_status").parentElement.querySelector(".item_name");
      if (!name) continue;
      name.id = name.id || `${NAME}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
      button.setAttribute("aria-describedby", name.id);
    }
  };
  const watchLists = (app) => {
    const watched = new WeakSet();
    const look = () => {
      const list = document.getElementById("nbgrader-assignment-list");
      if (!list || watched.has(list)) return;
      watched.add(list);
      list.addEventListener("click", submitting(app), true);
      const change = () => {
        mend(list);
        lead(list);
      };
      change();
      new MutationObserver(change).observe(list, { childList: true, subtree: true });
    };
    app.restored.then(look);
    app.shell.layoutModified.connect(look);
  };

  const plugins = [
    { id: `${NAME}:notices`, autoStart: true, activate },
    { id: `${NAME}:assignments`, autoStart: true, activate: watchLists },
  ];
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: plugins }),
  };
})();
