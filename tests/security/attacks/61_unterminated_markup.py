"""
entries = [45, 61]
tries = "Terminal escapes, console markup, HTML and direction marks in exceptions, names and outputs."
stopped_by = "Text is cleaned when it crosses, when it becomes a message, and when it is shown."
assignment = "recurrent"
says = ["PAYLOAD"]
"""
# %% clip_answer
payload = "PAYLOAD\x1b]0;owned\x07\x1b[2J[/][link=file:///etc/passwd]x[/link]<script>alert(1)</script>\u202e\r\x9b31m"
Evil = type("Evil<img src=x onerror=alert(1)>", (Exception,), {})


def clip_gradient(gradient, threshold):
    raise Evil(payload)


# %% bptt_answer
def bptt(*_):
    return type(payload, (), {})()


print(payload)
