// Shows in JupyterLab what the hub says about this session's GPU, makes nbgrader's list of
// assignments fit to be read aloud, and leads from it to the pages with results. Written by hand, for JupyterLab 4: a container of module federation
// is an object with init and get; nothing here needs a build.
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
