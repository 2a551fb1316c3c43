CREATE TABLE `account_export` (
	`member` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`made_at` integer NOT NULL,
	`state` text NOT NULL,
	`download` text,
	`part` text,
	`files_done` integer NOT NULL,
	`files` integer,
	`bytes` integer NOT NULL,
	`missing` text NOT NULL,
	`noted_at` integer
);
