(* Finite sums: over 0, ..., n-1, over the entries of a list, and over all multi-indices of a box.

   A multi-index is a list of numbers. A mask over the axes of a box says which of them an operand has: `select`
   keeps those, `merge` puts two complementary parts together again. The last lemma of this file, `sum_split`, is the
   one rearrangement behind every adjoint: outer axes first, inner axes inside. *)

From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
Import ListNotations.
Open Scope R_scope.

(* ---- Sums over 0, ..., n-1 ---- *)

Fixpoint sum_over (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => sum_over m f + f m end.

Lemma sum_over_ext n f g : (forall k, (k < n)%nat -> f k = g k) -> sum_over n f = sum_over n g.
Proof.
  induction n; intros E; simpl; [easy|].
  rewrite IHn, E; [easy|lia|intros; apply E; lia].
Qed.

Lemma sum_over_plus n f g : sum_over n (fun k => f k + g k) = sum_over n f + sum_over n g.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma sum_over_scale n a f : sum_over n (fun k => a * f k) = a * sum_over n f.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma sum_over_scale_right n a f : sum_over n (fun k => f k * a) = sum_over n f * a.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma sum_over_zero n : sum_over n (fun _ => 0) = 0.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma sum_over_vanishes n f : (forall k, (k < n)%nat -> f k = 0) -> sum_over n f = 0.
Proof. intros Z. rewrite (sum_over_ext n f (fun _ => 0) Z). apply sum_over_zero. Qed.

Lemma sum_over_swap n m (f : nat -> nat -> R) :
  sum_over n (fun i => sum_over m (f i)) = sum_over m (fun j => sum_over n (fun i => f i j)).
Proof.
  induction n; simpl; [now rewrite sum_over_zero|].
  rewrite IHn, <- sum_over_plus. now apply sum_over_ext.
Qed.

Lemma sum_over_single n i f : (i < n)%nat -> (forall k, (k < n)%nat -> k <> i -> f k = 0) -> sum_over n f = f i.
Proof.
  revert i. induction n; intros i Hi Z; [lia|]. simpl. destruct (Nat.eq_dec i n) as [->|E].
  - rewrite sum_over_vanishes; [ring|]. intros. apply Z; lia.
  - rewrite (IHn i), (Z n); [ring|lia|lia|lia|]. intros; apply Z; lia.
Qed.

Lemma is_derive_sum_over n (f : R -> nat -> R) x f' :
  (forall k, (k < n)%nat -> is_derive (fun e => f e k) x (f' k)) ->
  is_derive (fun e => sum_over n (f e)) x (sum_over n f').
Proof.
  induction n; intros D; simpl; [apply @is_derive_const|].
  apply (is_derive_plus (fun e => sum_over n (f e)) (fun e => f e n) x (sum_over n f') (f' n)); [|apply D; lia].
  apply IHn. intros. apply D. lia.
Qed.

(* ---- Sums over a list ---- *)

Fixpoint sum_list {A} (l : list A) (f : A -> R) : R :=
  match l with [] => 0 | x :: l' => f x + sum_list l' f end.

Lemma sum_list_ext {A} (l : list A) f g : (forall x, In x l -> f x = g x) -> sum_list l f = sum_list l g.
Proof.
  induction l; intros E; simpl; [easy|].
  rewrite (E a), IHl; [easy| |now left]. intros; apply E; now right.
Qed.

Lemma sum_list_plus {A} (l : list A) f g : sum_list l (fun x => f x + g x) = sum_list l f + sum_list l g.
Proof. induction l; simpl; [ring|rewrite IHl; ring]. Qed.

Lemma sum_list_scale_right {A} (l : list A) a f : sum_list l (fun x => f x * a) = sum_list l f * a.
Proof. induction l; simpl; [ring|rewrite IHl; ring]. Qed.

Lemma sum_list_vanishes {A} (l : list A) f : (forall x, In x l -> f x = 0) -> sum_list l f = 0.
Proof. induction l; intros Z; simpl; [easy|]. rewrite (Z a), IHl; [ring| |now left]. intros; apply Z; now right. Qed.

Lemma sum_list_over {A} (l : list A) n (f : A -> nat -> R) :
  sum_list l (fun x => sum_over n (f x)) = sum_over n (fun k => sum_list l (fun x => f x k)).
Proof. induction l; simpl; [now rewrite sum_over_zero|now rewrite IHl, sum_over_plus]. Qed.

Lemma sum_list_swap {A B} (l : list A) (l' : list B) f :
  sum_list l (fun x => sum_list l' (f x)) = sum_list l' (fun y => sum_list l (fun x => f x y)).
Proof.
  induction l; simpl; [symmetry; now apply sum_list_vanishes|].
  now rewrite IHl, sum_list_plus.
Qed.

Lemma sum_list_app {A} (l l' : list A) f : sum_list (l ++ l') f = sum_list l f + sum_list l' f.
Proof. induction l; simpl; [ring|rewrite IHl; ring]. Qed.

Lemma sum_list_map {A B} (g : A -> B) (l : list A) f : sum_list (map g l) f = sum_list l (fun x => f (g x)).
Proof. induction l; simpl; [easy|now rewrite IHl]. Qed.

Lemma is_derive_sum_list {A} (l : list A) (f : R -> A -> R) x f' :
  (forall k, In k l -> is_derive (fun e => f e k) x (f' k)) ->
  is_derive (fun e => sum_list l (f e)) x (sum_list l f').
Proof.
  induction l; intros D; simpl; [apply @is_derive_const|].
  apply (is_derive_plus (fun e => f e a) (fun e => sum_list l (f e)) x (f' a) (sum_list l f')); [apply D; now left|].
  apply IHl. intros. apply D. now right.
Qed.

(* A sum of which at most one term, that of n, counts. *)
Lemma sum_list_pick l n (x : R) : NoDup l -> In n l -> sum_list l (fun m => if Nat.eqb n m then x else 0) = x.
Proof.
  induction l as [|a l IH]; intros N I; [easy|]. inversion N; subst. simpl. destruct (Nat.eqb_spec n a) as [->|E].
  - rewrite sum_list_vanishes; [ring|]. intros y Hy. destruct (Nat.eqb_spec a y); [now subst|easy].
  - rewrite IH; [ring|easy|]. now destruct I as [->|I].
Qed.

(* ---- Numbers in lists, decided by computation ---- *)

Definition member (n : nat) (l : list nat) : bool := existsb (Nat.eqb n) l.

Lemma member_In n l : member n l = true <-> In n l.
Proof.
  unfold member. rewrite existsb_exists. split.
  - intros (x & I & E). apply Nat.eqb_eq in E. now subst.
  - intros I. exists n. split; [easy|apply Nat.eqb_refl].
Qed.

Fixpoint distinct (l : list nat) : bool :=
  match l with [] => true | x :: l' => negb (member x l') && distinct l' end.

Lemma distinct_NoDup l : distinct l = true -> NoDup l.
Proof.
  induction l; intros E; [constructor|]. simpl in E. apply andb_prop in E as [A B].
  constructor; [|auto]. intros I. apply member_In in I. now rewrite I in A.
Qed.

Lemma sum_list_members l part (f : nat -> R) :
  NoDup l -> NoDup part -> (forall n, In n part -> In n l) ->
  sum_list l (fun n => if member n part then f n else 0) = sum_list part f.
Proof.
  intros N Np I.
  rewrite (sum_list_ext l _ (fun n => sum_list part (fun m => if Nat.eqb m n then f m else 0))).
  - rewrite sum_list_swap. apply sum_list_ext. intros m Hm. apply sum_list_pick; auto.
  - intros n _. destruct (member n part) eqn:E.
    + apply member_In in E. symmetry. rewrite <- (sum_list_pick part n (f n) Np E). apply sum_list_ext.
      intros m _. destruct (Nat.eqb_spec m n), (Nat.eqb_spec n m); subst; easy.
    + symmetry. apply sum_list_vanishes. intros m Hm. destruct (Nat.eqb_spec m n); [|easy].
      subst. apply member_In in Hm. congruence.
Qed.

(* ---- Multi-indices ---- *)

Definition index := list nat.

(* The sum over all multi-indices below the sizes ns. *)
Fixpoint sum_box (ns : list nat) (f : index -> R) : R :=
  match ns with [] => f [] | n :: ns' => sum_over n (fun i => sum_box ns' (fun k => f (i :: k))) end.

Fixpoint in_box (ns : list nat) (k : index) : Prop :=
  match ns, k with [], [] => True | n :: ns', i :: k' => (i < n)%nat /\ in_box ns' k' | _, _ => False end.

Fixpoint select (m : list bool) (l : list nat) : list nat :=
  match m, l with true :: m', x :: l' => x :: select m' l' | false :: m', _ :: l' => select m' l' | _, _ => [] end.

Definition others (m : list bool) : list bool := map negb m.

Fixpoint merge (m : list bool) (o u : index) : index :=
  match m with
  | [] => []
  | true :: m' => hd O o :: merge m' (tl o) u
  | false :: m' => hd O u :: merge m' o (tl u)
  end.

Lemma sum_box_ext ns : forall f g, (forall k, in_box ns k -> f k = g k) -> sum_box ns f = sum_box ns g.
Proof.
  induction ns as [|n ns IH]; intros f g E; simpl; [now apply E|].
  apply sum_over_ext. intros i Hi. apply IH. intros k Hk. now apply E.
Qed.

Lemma sum_box_plus ns : forall f g, sum_box ns (fun k => f k + g k) = sum_box ns f + sum_box ns g.
Proof.
  induction ns as [|n ns IH]; intros; simpl; [easy|].
  rewrite <- sum_over_plus. apply sum_over_ext. intros. apply IH.
Qed.

Lemma sum_box_scale ns : forall a f, sum_box ns (fun k => a * f k) = a * sum_box ns f.
Proof.
  induction ns as [|n ns IH]; intros; simpl; [easy|].
  rewrite <- sum_over_scale. apply sum_over_ext. intros. apply IH.
Qed.

Lemma sum_box_scale_right ns a f : sum_box ns (fun k => f k * a) = sum_box ns f * a.
Proof. rewrite Rmult_comm, <- sum_box_scale. apply sum_box_ext. intros. ring. Qed.

Lemma sum_box_vanishes ns : forall f, (forall k, in_box ns k -> f k = 0) -> sum_box ns f = 0.
Proof.
  induction ns as [|n ns IH]; intros f Z; simpl; [now apply Z|].
  apply sum_over_vanishes. intros i Hi. apply IH. intros k Hk. now apply Z.
Qed.

Lemma sum_box_over ns : forall n (f : index -> nat -> R),
  sum_box ns (fun k => sum_over n (f k)) = sum_over n (fun i => sum_box ns (fun k => f k i)).
Proof.
  induction ns as [|m ns IH]; intros; simpl; [easy|].
  rewrite sum_over_swap. apply sum_over_ext. intros. now rewrite IH.
Qed.

Lemma sum_box_list {A} ns (l : list A) (f : index -> A -> R) :
  sum_box ns (fun k => sum_list l (f k)) = sum_list l (fun x => sum_box ns (fun k => f k x)).
Proof. induction l; simpl; [now apply sum_box_vanishes|]. now rewrite sum_box_plus, IHl. Qed.

Lemma is_derive_sum_box ns : forall (f : R -> index -> R) x f',
  (forall k, in_box ns k -> is_derive (fun e => f e k) x (f' k)) ->
  is_derive (fun e => sum_box ns (f e)) x (sum_box ns f').
Proof.
  induction ns as [|n ns IH]; intros f x f' D; simpl; [now apply D|].
  apply (is_derive_sum_over n (fun e i => sum_box ns (fun k => f e (i :: k))) x (fun i => sum_box ns (fun k => f' (i :: k)))).
  intros i Hi. apply (IH (fun e k => f e (i :: k)) x (fun k => f' (i :: k))).
  intros k Hk. now apply D.
Qed.

Lemma merge_in_box m : forall ns o u, length m = length ns ->
  in_box (select m ns) o -> in_box (select (others m) ns) u -> in_box ns (merge m o u).
Proof.
  induction m as [|b m IH]; intros [|n ns] o u L; try discriminate; [easy|]. injection L as L. destruct b; simpl.
  - destruct o as [|i o]; [easy|]. intros [A B] C. split; [easy|]. now apply IH.
  - destruct u as [|i u]; [easy|]. intros C [A B]. split; [easy|]. now apply IH.
Qed.

Lemma select_in_box m : forall ns k, length m = length ns -> in_box ns k -> in_box (select m ns) (select m k).
Proof.
  induction m as [|b m IH]; intros [|n ns] k L; try discriminate; [easy|]. injection L as L.
  destruct k as [|i k]; [easy|]. intros [A B]. destruct b; simpl; [split; [easy|]|]; now apply IH.
Qed.

Lemma sum_split m : forall ns (f : index -> index -> R), length m = length ns ->
  sum_box (select m ns) (fun o => sum_box (select (others m) ns) (fun u => f o (merge m o u))) =
  sum_box ns (fun k => f (select m k) k).
Proof.
  induction m as [|b m IH]; intros [|n ns] f L; try discriminate; [easy|]. injection L as L. destruct b; simpl.
  - apply sum_over_ext. intros i _. exact (IH ns (fun o k => f (i :: o) (i :: k)) L).
  - rewrite sum_box_over. apply sum_over_ext. intros i _. exact (IH ns (fun o k => f o (i :: k)) L).
Qed.

(* ---- Inner products of arrays ---- *)

Definition inner (ns : list nat) (a b : index -> R) : R := sum_box ns (fun k => a k * b k).

Lemma inner_plus ns a b c : inner ns (fun k => a k + b k) c = inner ns a c + inner ns b c.
Proof. unfold inner. rewrite <- sum_box_plus. apply sum_box_ext. intros. ring. Qed.

Lemma inner_zero_left ns a b : (forall k, in_box ns k -> a k = 0) -> inner ns a b = 0.
Proof. intros Z. apply sum_box_vanishes. intros k Hk. rewrite Z; [ring|easy]. Qed.

Lemma inner_zero_right ns a b : (forall k, in_box ns k -> b k = 0) -> inner ns a b = 0.
Proof. intros Z. apply sum_box_vanishes. intros k Hk. rewrite Z; [ring|easy]. Qed.

Lemma inner_ext ns a b c d : (forall k, in_box ns k -> a k * b k = c k * d k) -> inner ns a b = inner ns c d.
Proof. apply sum_box_ext. Qed.

Lemma inner_sum_list {A} ns (l : list A) (f : A -> index -> R) b :
  inner ns (fun k => sum_list l (fun x => f x k)) b = sum_list l (fun x => inner ns (f x) b).
Proof.
  unfold inner. rewrite <- sum_box_list. apply sum_box_ext. intros. now rewrite sum_list_scale_right.
Qed.

Lemma inner_sum_over ns n (f : nat -> index -> R) b :
  inner ns (fun k => sum_over n (fun t => f t k)) b = sum_over n (fun t => inner ns (f t) b).
Proof. unfold inner. rewrite <- sum_box_over. apply sum_box_ext. intros. now rewrite sum_over_scale_right. Qed.
