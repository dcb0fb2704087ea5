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

  // What is handed in is the file: save what is open first, ask when nothing is answered in it, and say
  // what the exchange said with the receipt.
  const STUBS = ["# YOUR CODE HERE", "YOUR ANSWER HERE"];
  const contents = async (path, query) => {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const place = path.split("/").map(encodeURIComponent).join("/");
    const [, xsrf] = document.cookie.match(/\b_xsrf=([^;]*)/) || [];
    const answer = await fetch(`${config.baseUrl}api/contents/${place}?${query}`, {
      credentials: "same-origin",
      headers: xsrf ? { "X-XSRFToken": xsrf } : {},
    });
    return answer.ok ? answer.json() : null;
  };
  const receipts = async (course, assignment) => {
    const folder = await contents("receipts", "content=1");
    const begins = `${course} ${assignment} `;
    const found = folder ? folder.content.filter((one) => one.name.startsWith(begins)) : [];
    return found.map((one) => one.path).sort();
  };
  const isUntouched = async (course, assignment) => {
    const folder = (await contents(assignment, "content=1")) ||
      (await contents(`${course}/${assignment}`, "content=1"));
    const notebooks = folder ? folder.content.filter((one) => one.type === "notebook") : [];
    let questions = 0;
    for (const one of notebooks) {
      const notebook = await contents(one.path, "content=1&type=notebook");
      for (const cell of (notebook && notebook.content.cells) || []) {
        if (!(cell.metadata.nbgrader && cell.metadata.nbgrader.solution)) continue;
        questions += 1;
        const source = [].concat(cell.source).join("");
        if (!STUBS.some((stub) => source.includes(stub))) return false;
      }
    }
    return questions > 0;
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
        const question = `No question of ${assignment} is answered yet. Hand it in all the same?`;
        if ((await isUntouched(course, assignment)) && !window.confirm(question)) return;
        before = await receipts(course, assignment);
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
