{%- extends 'base.tpl' -%}

{%- block title -%}
{% if error_code == 403 %}Not for your role{% else %}Not here{% endif %}
{%- endblock -%}

{%- block body -%}
<p class="lead">{{ reason or "There is no such page." }}</p>
<p><a href="{{ hub_home }}">Go to the hub's page</a></p>
{%- endblock -%}
