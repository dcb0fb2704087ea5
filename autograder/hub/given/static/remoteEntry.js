// Shows in JupyterLab what the hub says about this session's GPU. Written by hand, for JupyterLab 4:
// a container of module federation is an object with init and get; nothing here needs a build.
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

  const plugin = { id: `${NAME}:notices`, autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
