CREATE TABLE `sealed_rows` (
	`name` text PRIMARY KEY NOT NULL,
	`up_to` integer NOT NULL
);
