# Lays a fresh copy of a commit out in the place of a room, in two steps by two users (`fresh-copy.ts`). It is
# Perl because a proof makes ten such copies and more: it starts in 2 ms, and a shell would start a program
# for each thing that is done here. No modules: they take longer to load than this to run.
use v5.36;
no warnings qw(recursion newline); # names and depths of a tree are anybody's

my $tick_call = 229;    # clock_getres of Linux on x86_64
my $coarse_clock = 5;
my $long_ago = 86_400;    # the kernel sets the time of reading once, until it is as old again

sub fail ($what) { die "$what: $!\n" }

# Calls for each path below a folder, each folder before what is in it; `_` is what it is. The order in which
# entries are made is the order in which a program finds them: it must say nothing of how a tree came to be.
sub walk_tree ( $top, $call, $with_git = 1 ) {
    my @open = ('');
    while ( defined( my $folder = shift @open ) ) {
        for my $name ( names_in("$top/$folder") ) {
            next if !$with_git && $name eq '.git';
            my $path = $folder eq '' ? $name : "$folder/$name";
            lstat "$top/$path" or fail("look at $path");
            push @open, $path if -d _;
            $call->($path);
        }
    }
}
sub names_in ($folder) {
    opendir my $entries, $folder or fail("folder $folder");
    return sort grep { $_ ne '.' && $_ ne '..' } readdir $entries;
}
sub is_there ($path) { return lstat($path) ? 1 : 0 }
sub is_folder ($path) { return lstat($path) && -d _ ? 1 : 0 }

my @folders_made;
sub make_folder ( $path, $mode = 0777 ) {
    return if is_folder($path);
    mkdir $path, $mode or fail("make $path");
    push @folders_made, $path;
}
sub make_folders ($path) {
    return if -d $path;
    make_folders($1) if $path =~ m{^(.+)/[^/]+$}s;
    make_folder($path);
}
sub remove_below ($top) { remove_all("$top/$_") for names_in($top) }
sub remove_all ($path) {
    return if !is_there($path);
    my $is_folder = -d _;
    remove_below($path) if $is_folder;
    ( $is_folder ? rmdir $path : unlink $path ) or fail("remove $path");
}
sub write_whole ( $file, $text ) {
    my $at = 0;
    while ( $at < length $text ) { $at += syswrite( $file, $text, length($text) - $at, $at ) // fail('write') }
}
sub read_file ($path) {
    open my $in, '<:raw', $path or fail("read $path");
    local $/ = undef;
    return <$in> // '';
}
sub is_text ($path) {
    open my $in, '<:raw', $path or fail("read $path");
    my $bytes = sysread( $in, my $some, 65_536 ) // fail("read $path");
    return index( $some, "\0" ) < 0;
}
sub write_file ( $path, $text ) {
    open my $out, '>:raw', $path or fail("write $path");
    write_whole( $out, $text );
    close $out or fail("write $path");
}
# What `lstat` says of it: with its mode, but for the umask, and when it was written. When it was read is long
# ago (`ages`).
sub copy_entry ( $from, $to, $ages, @is ) {
    my ( $mode, $left, $written ) = @is[ 2, 7, 9 ];
    return copy_link( $from, $to ) if ( $mode & 0170000 ) == 0120000;
    open my $in, '<:raw', $from or fail("read $from");
    open my $out, '>:raw', $to or fail("write $to");
    while ( $left > 0 ) {
        my $bytes = sysread( $in, my $some, $left < 1_048_576 ? $left : 1_048_576 ) // fail("read $from");
        last if $bytes == 0;
        write_whole( $out, $some );
        $left -= $bytes;
    }
    $mode &= 07777 & ~umask;
    chmod( $mode, $out ) or fail("mode of $to") if $mode != ( 0666 & ~umask );
    utime( $ages ? $long_ago : time, $written, $out ) or fail("time of $to");
    close $out or fail("write $to");
}
sub copy_link ( $from, $to ) { symlink( readlink($from) // fail("read $from"), $to ) or fail("link $to") }

# What is installed is linked, entry by entry, so that its folder itself can be written in: tools keep caches
# there. Links within it (workspaces, pnpm, programs) are made anew, for they lead to the project.
sub link_installed ( $packages, $work, $made, $tool, @folders ) {
    my $put = sub ( $from, $to ) { -l $from ? copy_link( $from, $to ) : symlink( $from, $to ) || fail("link $to") };
    for my $folder (@folders) {
        make_folders("$work/$folder");
        for my $name ( names_in("$packages/$folder") ) {
            my ( $from, $to ) = ( "$packages/$folder/$name", "$work/$folder/$name" );
            if ( $name eq 'bin' && $folder =~ /\.venv$/ ) { copy_programs( $from, $to, $made, $work, $tool ) }
            elsif ( is_folder($from) && ( $name eq '.bin' || $name =~ /^@/ ) && $folder !~ /\.venv$/ ) {
                make_folder($to);
                $put->( "$from/$_", "$to/$_" ) for names_in($from);
            }
            else { $put->( $from, $to ) }
        }
    }
}
# What a virtual environment starts names the folder in which that was made.
sub copy_programs ( $from, $to, $made, $work, $tool ) {
    make_folder($to);
    walk_tree( $from, sub ($path) {
        my $copy = "$to/$path";
        return make_folder($copy) if -d _;
        return symlink( $tool, $copy ) || fail("link $copy") if $path =~ /^pip(?:3(?:\.[0-9].*)?)?$/;
        my @is = lstat _;
        $is[9] = time; # later than the lists from which it was installed
        copy_entry( "$from/$path", $copy, 1, @is );
        return if -l $copy;
        my $text = is_text($copy) ? read_file($copy) : '';
        write_file( $copy, $text ) if $text =~ s{\Q$made\E/}{$work/}g;
        utime( $long_ago, $is[9], $copy ) or fail("time of $copy");
    } );
}

# The tree of a way is made when it is used first: nothing is copied, and what it changes is left out.
sub make_tree ( $plain, $way ) {
    return $plain if $way eq '';
    my ( $tree, $new ) = ( "$way/tree", "$way/new" );
    return $tree if is_folder($tree);
    my %written = ( '' => ( stat $plain )[9] ); # of its folders
    make_folder($new);
    walk_tree( $plain, sub ($path) {
        if ( -d _ ) { $written{$path} = ( lstat _ )[9]; mkdir "$new/$path" or fail("make $path") }
        else { link "$plain/$path", "$new/$path" or fail("link $path") }
    } );
    for my $path ( map { split /\0/, read_file("$way/$_") } 'gone', 'restored' ) {
        remove_all("$new/$path");
        1 while $path =~ s{/[^/]*$}{}s && rmdir "$new/$path"; # no folder stays empty
    }
    walk_tree( "$way/files", sub ($path) {
        return make_folder("$new/$path") if -d _;
        remove_all("$new/$path");
        link "$way/files/$path", "$new/$path" or fail("link $path");
    } );
    is_folder("$new/$_") && utime( time, $written{$_}, "$new/$_" ) for keys %written;
    rename $new, $tree or fail('the tree of a way');
    return $tree;
}

# As the user that owns the tree: names of what it keeps come by standard input. Its folders take files of
# others and let go of none. A script of its is executable where a check would make it so, and may not.
sub keep ( $plain, $way, $work, $packages, $made, $tool, @rest ) {
    umask 022;
    my @executable = splice @rest, 0, shift @rest;
    local $/ = undef;
    my %kept = map { $_ => 1 } split /\0/, <STDIN>;
    my $tree = make_tree( $plain, $way );
    remove_below( $work =~ s{/[^/]*$}{}r );
    @folders_made = ();
    make_folder($work);
    my %made = ( '' => 1 );
    walk_tree( $tree, sub ($path) {
        return if -d _ || !$kept{$path};
        my @is = lstat _;
        my $folder = $path =~ m{^(.+)/}s ? $1 : '';
        make_folders("$work/$folder") if !$made{$folder}++;
        copy_entry( "$tree/$path", "$work/$path", 1, @is );
    }, 0 );
    for my $path ( map { "$work/$_" } @executable ) {
        my $mode = ( lstat $path )[2];
        chmod( ( $mode & 07777 ) | 0111, $path ) || fail("mode of $path") if defined $mode && -f _;
    }
    link_installed( $packages, $work, $made, $tool, @rest );
    chmod( 01777, @folders_made ) == @folders_made or fail("folders of $work");
}

# As the place's user, who may read the tree as long as this runs: all that is not there yet. Prints when that
# was; what comes is later, by the clock that the kernel has for files.
sub lay ( $tree, $work, $packages, $made, $tool, $umask, $temporary, $settings, $login, $older, $age, @installed ) {
    umask oct $umask;
    my $parent = $work =~ s{/[^/]*$}{}r;
    make_folder( $_, 0700 ) for $parent, $temporary;
    make_folder($work);
    my @folders;
    walk_tree( $tree, sub ($path) {
        my @is = lstat _;
        my $is_folder = -d _;
        my $to = "$work/$path";
        return if is_there($to);
        return copy_entry( "$tree/$path", $to, $age eq '' && $path !~ m{(?:^|/)\.git(?:/|$)}, @is ) if !$is_folder;
        mkdir $to, $is[2] & 0777 or fail("make $path");
        push @folders, [ $to, $is[9] ];
    } );
    for (@folders) { utime( time, $_->[1], $_->[0] ) or fail("time of $_->[0]") }
    write_file( "$ENV{HOME}/.gitconfig", $settings );
    if ( $login ne '' ) {
        umask 077;
        write_file( "$ENV{HOME}/.git-credentials", $login );
        umask oct $umask;
    }
    link_installed( $packages, $work, $made, $tool, @installed );
    $age eq '' or system( '/usr/bin/python3', '-I', '-c', $older, $work, $age ) == 0 or die "times of $work\n";
    utime undef, undef, $temporary;
    select undef, undef, undef, 1.2 * tick();
    exec 'stat', '-c', '%.9Z', $temporary or fail('stat');
}
# Seconds by which that clock goes: 10 ms at most.
sub tick {
    my $said = "\0" x 16;
    syscall( $tick_call, $coarse_clock, $said );
    my $tick = ( unpack 'qq', $said )[1] / 1e9;
    return $tick >= 0.001 && $tick <= 0.01 ? $tick : 0.01;
}

my ( $step, @given ) = @ARGV;
$step eq 'keep' ? keep(@given) : lay(@given);
