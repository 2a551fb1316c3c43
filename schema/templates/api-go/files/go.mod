module app.example/{{name}}

go 1.19
